// libFuzzer target: whatever the bytes are, the extxyz reader refuses them with a FormatError or gives frames
// that the writer can write, and that text reads back as itself.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"

namespace {

std::string written(const std::vector<fibonaqi::Frame>& frames) {
    std::string text;
    for (const fibonaqi::Frame& frame : frames) {
        text += to_extxyz(frame);
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::istringstream input(std::string(data, data + size));
    fibonaqi::FrameFile file;
    try {
        file = fibonaqi::read_extxyz(input, "fuzz");
    } catch (const fibonaqi::FormatError&) {
        return 0;
    }
    const std::string text = written(file.frames);
    std::istringstream again(text);
    if (written(fibonaqi::read_extxyz(again, "again").frames) != text) {
        std::cerr << "does not read back as itself:\n" << text;
        std::abort();
    }
    return 0;
}
