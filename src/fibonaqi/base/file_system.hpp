// Files, written so that no reader ever sees half of one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fibonaqi {

/// Whole content of a file. Throws FileError with the operating system's reason.
std::string read_file(const std::filesystem::path& path);

/// Replaces `path` by `content`: temporary file in the same folder, fsync, rename, fsync of the folder.
/// After a crash the file holds the old or the new content, never a mixture.
/// Throws FileError; DiskFullError when the storage is full. The temporary file is gone in both cases.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// mkdir -p. Throws FileError.
void make_directories(const std::filesystem::path& path);

/// Free space of the storage that holds `path` [bytes]. Throws FileError.
std::uintmax_t free_bytes(const std::filesystem::path& path);

/// The absolute path of `program`: as given if it has a slash, else the first match on PATH.
/// An empty path when there is none that may be executed.
std::filesystem::path find_program(const std::string& program);

/// Folder of the running executable: the sister programs (fibonaqi-worker, ...) are looked for there first.
std::filesystem::path executable_directory();

}  // namespace fibonaqi
