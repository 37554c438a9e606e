// The one door through which foreign model files come in.
//
// What a file is shows in its content; only matgl's models, which are folders, are known by the model.json in
// them. A new kind of model is a reader of its own (mace_import.hpp is the pattern) and one branch of
// import_model.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "fibonaqi/model/import_options.hpp"

namespace fibonaqi {

/// Reads and converts a foreign model; nothing of the file is executed:
///   a whole MACE model as torch.save writes it                                mace_import.hpp
///   a checkpoint of SevenNet                                                  sevennet_import.hpp
///   the folder of a TensorNet or M3GNet potential of matgl, or a file of it   matgl_import.hpp
/// Throws FileError; ModelError (exit code refused) for a file that is damaged, hostile or of no known kind;
/// ModelError (exit code usage) for options that do not fit the model, and for a model file of this project.
ModelFile import_model(const std::filesystem::path& path, const ImportOptions& options);

/// The same for the bytes of a file that needs none beside it (MACE, SevenNet); `source` is used in messages
/// and as the name of the source.
ModelFile import_model(std::string_view bytes, const std::string& source, const ImportOptions& options);

}  // namespace fibonaqi
