// The subcommands of `fibonaqi`, one file each (command_<name>.cpp).
//
// add_<name>_command declares options on `app` and sets a callback that does the work. Callbacks throw
// fibonaqi::Error (main turns it into a message and an exit code) or end normally.
#pragma once

namespace CLI {
class App;
}

namespace fibonaqi::cli {

void add_calibrate_command(CLI::App& app);
void add_check_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_driver_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_explain_command(CLI::App& app);
void add_features_command(CLI::App& app);
void add_init_command(CLI::App& app);
void add_label_command(CLI::App& app);
void add_model_command(CLI::App& app);
void add_plan_command(CLI::App& app);
void add_pseudo_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_resume_command(CLI::App& app);
void add_run_command(CLI::App& app);
void add_select_command(CLI::App& app);
void add_status_command(CLI::App& app);
void add_train_command(CLI::App& app);
void add_upscale_command(CLI::App& app);

}  // namespace fibonaqi::cli
