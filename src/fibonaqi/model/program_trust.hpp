// Which programs inside of models the user trusts.
//
// A TorchScript file is a program: LibTorch compiles and runs its code, which can read and write files with
// the rights of the user. So one is loaded only when its bytes, known by their sha256, are on the user's
// list; a byte that changes takes it off. All other models are data, and need no trust.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// Architecture of models that are made of a TorchScript file.
inline constexpr const char* script_architecture = "torchscript";

/// Name of the tensor (uint8, one dimension) in which a model file of the architecture "torchscript" keeps
/// the file that it was made from, byte by byte.
inline constexpr const char* program_tensor = "torchscript.program";

/// One line of the list. The file is where the program was when it was trusted; the hash alone counts.
struct TrustedProgram {
    std::string sha256;  ///< of the TorchScript file, as `sha256sum` prints it
    std::string file;    ///< absolute path
};

/// ${XDG_CONFIG_HOME:-~/.config}/fibonaqi/trusted_programs.json. Throws FileError when neither variable is
/// set.
std::filesystem::path trust_list_file();

/// The list, oldest first; empty when there is none. Throws FormatError for a damaged one.
std::vector<TrustedProgram> trusted_programs();

/// Whether bytes are what torch.jit.save writes. Reads names of a zip archive only; damaged ones are not.
bool is_torchscript(std::string_view bytes);

/// The program of a file: the whole of a TorchScript file, or what a model file made of one carries. Throws
/// ModelError (exit code usage) for a file that holds none, FileError.
std::string program_of_file(const std::filesystem::path& file);

/// The program in a model. Throws ModelError when its tensor is missing or of another type.
std::string program_of_model(const ModelFile& model);

/// Puts the program of `file` on the list; once more changes nothing. Throws as program_of_file.
TrustedProgram trust_program(const std::filesystem::path& file);

/// Takes a program off the list, named by a file that holds it or by its sha256, and returns its line. Throws
/// ModelError (exit code usage) when it is not on the list.
TrustedProgram revoke_trust(const std::string& file_or_sha256);

/// Throws ModelError (exit code refused) with the command to run when these bytes are not on the list.
/// `file` is where they are from, for the message.
void require_trust(std::string_view program, const std::string& file);

/// The same for a model that was read: nothing for one that is data, as all other architectures are.
void require_trust_of_model(const ModelFile& model);

}  // namespace fibonaqi
