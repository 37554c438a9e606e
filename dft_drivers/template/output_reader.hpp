// From the files that a program left to a label or a failure.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "dft_drivers/template/options.hpp"

namespace fibonaqi::text_template {

/// The first failure mark, in their order, that matches a line of its file.
std::optional<LabelFailure> find_failure(const std::vector<FailureMark>& marks,
                                         const std::filesystem::path& directory);

/// Throws Refusal unless all marks hold: partial_output for a text (or file) that is missing, unknown for one
/// that must be absent.
void expect_success(const std::vector<SuccessMark>& marks, const std::filesystem::path& directory);

/// Energy, forces, stress where wanted, version. `order`: atom of the request for each atom of the output.
/// Throws Refusal, also where echoed positions are not those of the request.
AcceptedLabel read_label(const OutputSources& outputs, const LabelRequest& request,
                         const std::vector<std::size_t>& order, const std::filesystem::path& directory);

}  // namespace fibonaqi::text_template
