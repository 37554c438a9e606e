// Time and memory of choosing from a large pool of random rows, for every strategy or those named.
//
//   selection_benchmark [rows 100000] [columns 144] [batch 100] [threads 2] [strategy ...]
//
// Wall seconds, CPU seconds of all threads, and the largest resident memory while choosing as a multiple of
// the matrix, which counts itself. Every strategy runs in a process of its own. Rows are float64, already
// sorted by id.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <numeric>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/strategy_options.hpp"

#include "benchmarks/cpu_clock.hpp"

namespace {

using namespace fibonaqi;

struct Settings {
    std::int64_t rows = 100000, columns = 144;
    std::size_t batch = 100;
    int threads = 2;
};

double resident_peak_MB() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void measure(const Settings& settings, const std::string& name) {
    at::set_num_threads(settings.threads);
    at::manual_seed(1);
    const double before_MB = resident_peak_MB();
    at::Tensor rows = at::empty({settings.rows, settings.columns}, at::kDouble);
    rows.normal_();
    SelectionRequest request;
    request.batch = settings.batch;
    request.ids.resize(static_cast<std::size_t>(settings.rows));
    std::iota(request.ids.begin(), request.ids.end(), std::uint64_t{0});
    const auto selector = make_selector(name, Json::object());
    for (std::int64_t row = 0; selector->needs_scores() && row < settings.rows; ++row) {
        request.scores.push_back(0.05 + 0.1 * std::abs(rows[row][0].item<double>()));
        request.reference_scores.push_back(0.1);
    }
    const double start_cpu = benchmark::cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    const Selection selection = selector->select(rows, request);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const double matrix_MB = static_cast<double>(rows.numel()) * 8.0 / 1048576.0;
    std::printf("%-14s %8.3f s %8.3f s CPU   memory %.2f   %zu picks, %s\n", name.c_str(), wall.count(),
                benchmark::cpu_seconds() - start_cpu, (resident_peak_MB() - before_MB) / matrix_MB,
                selection.picks.size(), to_string(selection.reason).c_str());
}

// In a child, so that peaks of memory do not mix.
void measure_alone(const Settings& settings, const std::string& name) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        measure(settings, name);
        std::fflush(stdout);
        _exit(0);
    }
    waitpid(child, nullptr, 0);
}

}  // namespace

int main(int count, char** arguments) {
    try {
        Settings settings;
        std::vector<std::string> given(arguments + 1, arguments + count);
        settings.rows = !given.empty() ? std::stol(given[0]) : settings.rows;
        settings.columns = given.size() > 1 ? std::stol(given[1]) : settings.columns;
        settings.batch = given.size() > 2 ? std::stoul(given[2]) : settings.batch;
        settings.threads = given.size() > 3 ? std::stoi(given[3]) : settings.threads;
        const std::vector<std::string> names =
            given.size() > 4 ? std::vector<std::string>(given.begin() + 4, given.end()) : strategy_names();
        std::printf("%zu of %ld x %ld, %d threads\n", settings.batch, static_cast<long>(settings.rows),
                    static_cast<long>(settings.columns), settings.threads);
        for (const std::string& name : names) {
            measure_alone(settings, name);
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
