#!/usr/bin/env python3
"""Every check catches its bad example and leaves its good example alone."""

import json
import pathlib
import shutil
import tempfile
import unittest

import check_format
import check_header_comments
import check_layers
import check_licence
import check_messages
import check_sizes
import check_tidy
import check_words

layer_list = "foreach(layer base atoms model select label data explore nn campaign)\n"

this_tree = pathlib.Path(__file__).resolve().parents[2]


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="fibonaqi-lint-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("src/fibonaqi/CMakeLists.txt", layer_list)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def complaints(self, module):
        return [f"{path}:{line}: {message}" for path, line, message in module.check(self.root)]

    def assert_caught(self, module, name, text, word):
        self.write(name, text)
        found = [complaint for complaint in self.complaints(module) if complaint.startswith(name)]
        self.assertEqual(len(found), 1, found)
        self.assertIn(word, found[0])
        (self.root / name).unlink()

    def assert_accepted(self, module, name, text):
        self.write(name, text)
        self.assertEqual(self.complaints(module), [])
        (self.root / name).unlink()


class Layers(CheckTest):
    def test_upward_include_is_caught(self):
        text = '#include "fibonaqi/campaign/report.hpp"\n'
        self.assert_caught(check_layers, "src/fibonaqi/atoms/frame.cpp", text, "not below")

    def test_downward_include_is_accepted(self):
        self.assert_accepted(check_layers, "src/fibonaqi/atoms/frame.cpp", '#include "fibonaqi/base/error.hpp"\n')

    def test_lammps_stands_between_nn_and_campaign(self):
        self.assertEqual(check_layers.layer_order(self.root)[-3:], ["nn", "lammps", "campaign"])
        text = '#include "fibonaqi/lammps/lammps_session.hpp"\n'
        self.assert_caught(check_layers, "src/fibonaqi/campaign/stages.cpp", text, "not below")

    def test_a_library_that_knows_a_driver_is_caught(self):
        text = '#include "dft_drivers/builtin_drivers.hpp"\n'
        self.assert_caught(check_layers, "src/fibonaqi/label/labeler.cpp", text, "drivers")

    def test_torch_outside_its_layers_is_caught(self):
        self.assert_caught(check_layers, "src/fibonaqi/data/dataset.cpp", "#include <ATen/ATen.h>\n", "LibTorch")
        self.assert_accepted(check_layers, "src/fibonaqi/nn/mace.cpp", "#include <torch/torch.h>\n")
        self.assert_caught(check_layers, "src/fibonaqi/nn/mace.hpp", "#include <torch/torch.h>\n", "smaller headers")

    def test_fmt_is_for_the_log_alone(self):
        self.assert_caught(check_layers, "src/fibonaqi/base/json.cpp", "#include <fmt/core.h>\n", "base/log.cpp")
        self.assert_accepted(check_layers, "src/fibonaqi/base/log.cpp", "#include <spdlog/spdlog.h>\n")

    def test_lammps_headers_outside_the_plugin_are_caught(self):
        self.assert_caught(check_layers, "src/fibonaqi/explore/gate.cpp", '#include "pair.h"\n', "LAMMPS belongs")
        self.assert_accepted(check_layers, "lammps_plugin/pair_fibonaqi.h", '#include "pair.h"\n')


class Sizes(CheckTest):
    def test_long_file_is_caught(self):
        self.assert_caught(check_sizes, "src/fibonaqi/base/a.cpp", "int value;\n" * 401, "401 lines")

    def test_long_function_is_caught(self):
        body = "    work();\n" * 60
        text = "void work();\nint filler() { return 1; }\n" * 12 + f"void endless() {{\n{body}}}\n"
        self.assert_caught(check_sizes, "src/fibonaqi/base/a.cpp", text, "'endless' has 62 lines")

    def test_many_parameters_are_caught(self):
        text = "int sum(int a, int b, int c, int d, int e, int f) {\n    return a + b + c + d + e + f;\n}\n"
        self.assert_caught(check_sizes, "src/fibonaqi/base/a.cpp", text, "6 parameters")

    def test_commas_inside_a_type_are_no_parameters(self):
        text = "void keep(std::map<int, std::pair<int, int>> a, int b, int c, int d, int (*e)(int, int)) {\n}\n"
        self.assert_accepted(check_sizes, "src/fibonaqi/base/a.cpp", text)


class Messages(CheckTest):
    def test_capital_and_full_stop_are_caught(self):
        name = "src/fibonaqi/base/a.cpp"
        self.assert_caught(check_messages, name, 'throw FileError("File is gone (why) look");\n', "capital")
        self.assert_caught(check_messages, name, 'throw FileError("file is gone.");\n', "full stop")
        self.assert_caught(check_messages, name, 'throw FileError(path + ": gone\\n" + x);\n', "line break")
        self.assert_caught(check_messages, name, 'throw ModelError{"model " + name +\n    " is bad."};\n', "full stop")

    def test_proper_names_and_following_text_are_accepted(self):
        name = "src/fibonaqi/base/a.cpp"
        self.assert_accepted(check_messages, name, 'throw FormatError("LAMMPS stopped (no atoms) add some");\n')
        self.assert_accepted(check_messages, name, 'throw FormatError(name + ": no; \\"x\\" (bad) see " + where);\n')


class HeaderComments(CheckTest):
    code = "#pragma once\n\nstruct A {\n    int a;\n    int b;\n    int c;\n    int d;\n};\n"

    def test_silent_header_is_caught(self):
        self.assert_caught(check_header_comments, "src/fibonaqi/base/a.hpp", "// A.\n" + self.code, "comment")

    def test_speaking_header_is_accepted(self):
        text = "// A point.\n// Lengths in angstrom.\n// Nothing fails.\n" + self.code
        self.assert_accepted(check_header_comments, "src/fibonaqi/base/a.hpp", text)


class Format(CheckTest):
    def test_unformatted_file_is_caught(self):
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.assert_caught(check_format, "src/fibonaqi/base/a.cpp", "int  a=1 ;\n", "clang-format")
        self.assert_accepted(check_format, "src/fibonaqi/base/a.cpp", "int a = 1;\n")


class Words(CheckTest):
    def test_bad_words_are_caught(self):
        bad = {"// TODO: later\n": "issue number", "path = '/work/main/x'\n": "one machine",
               "get https://pypi.org/x\n": "hosts", "<<<<<<< HEAD\n": "merge"}
        for text, word in bad.items():
            self.assert_caught(check_words, "docs/a.md", text, word)

    def test_issue_number_and_model_table_are_accepted(self):
        self.assert_accepted(check_words, "docs/a.md", "TODO(#12) and the folder <work>/key\n")
        self.assert_accepted(check_words, "src/fibonaqi/model/known_models.cpp", "// files.pythonhosted.org\n")


class Tidy(CheckTest):
    def complaints_about(self, text):
        name = "src/fibonaqi/base/a.cpp"
        self.write(name, text)
        self.write(".clang-tidy", (this_tree / ".clang-tidy").read_text(encoding="utf-8"))
        database = [{"directory": str(self.root), "file": str(self.root / name), "command": f"g++ -std=c++20 -c {name}"}]
        self.write("build/compile_commands.json", json.dumps(database))
        return [message for _, _, message in check_tidy.check(self.root, self.root / "build", 1)]

    def test_wrong_name_and_wrong_code_are_caught(self):
        found = self.complaints_about("struct bad_name {};\nint* nothing() { return 0; }\nint broken( {}\n")
        for check in ("readability-identifier-naming", "modernize-use-nullptr", "clang-diagnostic-error"):
            self.assertTrue(any(check in message for message in found), found)

    def test_good_code_is_accepted(self):
        self.assertEqual(self.complaints_about("namespace {\nstruct GoodName {};\n}  // namespace\n"), [])


class Licence(CheckTest):
    def test_missing_licence_and_silent_readme_are_caught(self):
        self.write("README.md", "MIT, LAMMPS\n")
        found = self.complaints(check_licence)
        self.assertEqual(len(found), len(check_licence.mit_sentences) + 1, found)

    def test_this_tree_is_accepted(self):
        for name in ("LICENSE", "README.md"):
            self.write(name, (this_tree / name).read_text(encoding="utf-8"))
        self.assertEqual(self.complaints(check_licence), [])

    def test_foreign_mark_is_caught(self):
        text = "// Licensed under the Apache License\n"
        self.write("src/a.cpp", text)
        self.assertTrue(any("another licence" in complaint for complaint in self.complaints(check_licence)))


if __name__ == "__main__":
    unittest.main()
