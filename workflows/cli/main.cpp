// fibonaqi: the engine's command line. Links neither LibTorch nor LAMMPS; starts in milliseconds.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/campaign/stop_request.hpp"

#include "workflows/cli/commands.hpp"

namespace {

void declare(CLI::App& app) {
    using namespace fibonaqi::cli;
    app.require_subcommand(1);
    app.set_version_flag("--version", FIBONAQI_VERSION);
    app.set_help_all_flag("--help-all", "help of every subcommand");
    add_init_command(app);
    add_check_command(app);
    add_plan_command(app);
    add_run_command(app);
    add_resume_command(app);
    add_status_command(app);
    add_report_command(app);
    add_explain_command(app);
    add_calibrate_command(app);
    add_compare_command(app);
    add_driver_command(app);
    add_evaluate_command(app);
    add_features_command(app);
    add_label_command(app);
    add_model_command(app);
    add_pseudo_command(app);
    add_select_command(app);
    add_train_command(app);
    add_upscale_command(app);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        CLI::App app{
            "Turns a pretrained interatomic potential into one that is right for your material, "
            "at the lowest DFT bill."};
        declare(app);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& request) {
            return app.exit(request) == 0 ? 0 : static_cast<int>(fibonaqi::ExitCode::usage);
        }
        return 0;
    } catch (const fibonaqi::StoppedOnRequest& stop) {
        fibonaqi::log::info(stop.what());
        return static_cast<int>(stop.exit_code());
    } catch (const fibonaqi::Error& error) {
        fibonaqi::log::error(error.what());
        return static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        fibonaqi::log::error(std::string("internal error: ") + error.what() +
                             " (this is a bug) please report it with the command line");
        return static_cast<int>(fibonaqi::ExitCode::internal);
    }
}
