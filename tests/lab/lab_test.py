"""The selection experiments run from start to end, go on where they were, and count right."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SCRIPTS, PROGRAM = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(SCRIPTS))
import lab  # noqa: E402


def run(script, folder, *words):
    done = subprocess.run([sys.executable, "-B", str(SCRIPTS / script), *words, "--program", PROGRAM, "--folder", folder],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{script}: exit {done.returncode}\n{done.stderr}")
    return done


class Pools(unittest.TestCase):
    def test_spend_the_same_budget_with_every_arm_and_learn(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("pools.py", folder, "--tiny", "--json", f"{folder}/out.json")
            found = json.loads(pathlib.Path(folder, "out.json").read_text())
            self.assertEqual({line["name"] for line in found["lines"]}, {"uniform", "divbs", "maxdet", "direct"})
            start = found["initial"]["forces"]["rmse_eV_per_A"]
            for line in found["lines"]:
                self.assertIn(f"| {line['name']} |", done.stdout)
                for one in line["runs"]:
                    self.assertEqual(one["rounds"][-1]["labels"], 8)
                    self.assertLess(one["rounds"][-1]["forces"]["rmse_eV_per_A"], start)


class Training(unittest.TestCase):
    def test_trains_every_arm_on_as_many_frames(self):
        with tempfile.TemporaryDirectory() as folder:
            run("training.py", folder, "tiny", "--json", f"{folder}/out.json")
            found = json.loads(pathlib.Path(folder, "out.json").read_text())
            for arm in ("divbs 0.1", "uniform 0.1", "all"):
                for seed, one in enumerate(found["arms"][arm], start=1):
                    self.assertAlmostEqual(one["end"]["effective"], 2.0)
                    curve = json.loads(pathlib.Path(folder, "tiny.json").read_text())[f"{arm}, seed {seed}"]["curve"]
                    self.assertLess(one["end"]["loss"], curve[0]["loss"])
            self.assertGreater(found["arms"]["divbs 0.1"][0]["selection_seconds"], 0.0)
            for x in ("effective", "epoch", "seconds"):
                chart = xml.etree.ElementTree.parse(f"{folder}/tiny.{x}.svg").getroot()
                self.assertEqual(len(chart.findall("{*}path[@stroke-width='2']")), 3)


class Overlap(unittest.TestCase):
    def test_is_whole_for_present_rows_and_more_than_chance_for_old_ones(self):
        with tempfile.TemporaryDirectory() as folder:
            table = run("overlap.py", folder, "tiny", "--epoch", "6", "--ages", "0", "1", "--superbatches", "20").stdout
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "%" in line]
        self.assertEqual(cells[0], ["of 0 epochs ago", "100 %", "100 %", "100 %"])
        old, chance = (int(line[3].split(" ")[0]) for line in cells[1:])
        self.assertGreater(old, chance)


class Statistics(unittest.TestCase):
    def test_p_values_are_those_of_all_choices_of_signs(self):
        self.assertEqual(lab.sign_flip([-1, -2, -3]), 2 / 8)
        self.assertEqual(lab.sign_flip([1, -1]), 1.0)
        self.assertEqual(lab.paired([1.0, 2.0, 4.0], [2.0, 4.0, 5.0]), "-1.3 +- 0.3, p 0.250")
        self.assertEqual(lab.paired([1.0], [2.0]), "")

    def test_charts_have_round_ticks_in_any_range(self):
        self.assertEqual(lab.log_ticks(0.9, 2.1), [10, 20, 30, 50, 100])
        self.assertEqual(lab.log_ticks(2.05, 2.29), [120, 130, 140, 150, 160, 170, 180, 190])

    def test_results_of_other_options_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "results.json")
            lab.Kept(path, {"seeds": 1})
            lab.Kept(path, {"seeds": 1})
            with self.assertRaises(SystemExit):
                lab.Kept(path, {"seeds": 2})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
