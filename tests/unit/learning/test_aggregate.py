"""All voters must produce the same bytes, on any machine, in any order, with any number of threads (protocol.md, section 5)."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestrator.learning.aggregate import RULES
from orchestrator.learning.arithmetic import BLOCK_ELEMENTS
from orchestrator.learning.artifact import decode, encode, find_flaw, read_layout
from tests.unit.learning.example_updates import LAYOUT, PARAMETERS, UPDATES, combine, make_model, make_update

HERE = Path(__file__).parent
GOLDEN = {
    "mean": "76aa82a9e62e37d7ad2a069fafa237ecd660eea45ab23fe630e7e41db4005341",
    "weighted_mean": "ffbdc9c55a9a26d1e4286b8939d4c5b6a3f858728e9defe87bca7eb8c0b48bb6",
    "median": "ddbaf377045a124c73282e3a67d8364334a1ad10e84bdb7aa422c55d9d6b4321",
    "trimmed_mean": "fcd3bec5d175a02bc9856791d082ad4d020e5571d1edb97e08176f817da712ae",
    "multi_krum": "3cb22c4f05c0310f4f20f9754c4375c414c843705fec477a27d2d3db05d5925a",
    "centered_clipping": "7c6b530bfbd1ffa79fd922db7e4505b507d689b27c6c18f0e8804b0780d31667",
}


def test_every_rule_is_tested() -> None:
    assert PARAMETERS.keys() == RULES.keys() == GOLDEN.keys()


@pytest.mark.parametrize("rule", RULES)
def test_the_bytes_never_change(rule: str) -> None:
    """Golden bytes: a change here is a change of the protocol, and of every task that runs."""
    assert hashlib.sha256(combine(rule, UPDATES)).hexdigest() == GOLDEN[rule]


@pytest.mark.parametrize("rule", RULES)
def test_the_order_of_arrival_does_not_matter(rule: str) -> None:
    expected, shuffled = combine(rule, UPDATES), list(UPDATES)
    for seed in range(10):
        random.Random(seed).shuffle(shuffled)
        assert combine(rule, shuffled) == expected


@pytest.mark.parametrize("rule", RULES)
def test_the_number_of_threads_does_not_matter(rule: str) -> None:
    """Large enough for torch and for a BLAS to use their threads, had anything been left to them."""
    updates = [make_update(make_model(number, 2 * BLOCK_ELEMENTS + 10), number + 1) for number in range(4)]
    before, results = torch.get_num_threads(), set()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        results.add(combine(rule, updates, make_model(9, 2 * BLOCK_ELEMENTS + 10)))
    torch.set_num_threads(before)
    assert len(results) == 1


@pytest.mark.parametrize("rule", RULES)
def test_a_processor_that_flushes_denormals_makes_no_difference(rule: str) -> None:
    """A library may set that flag; a peer could send denormals to split those who have it from those who have not."""
    tiny = np.array([1e-40, -3e-39, 1.2e-38, -1.2e-38, 1e-45, 0.0, -0.0, 1.0], "<f4")
    updates = [make_update(encode({"w": np.roll(tiny, shift)}), shift + 1) for shift in range(5)]
    expected = combine(rule, updates, encode({"w": tiny}))
    torch.set_flush_denormal(True)
    flushed = combine(rule, updates, encode({"w": tiny}))
    torch.set_flush_denormal(False)
    assert flushed == expected


def test_a_processor_with_fewer_instructions_gives_the_same_bytes() -> None:
    """numpy picks its loops by what the processor can do; here it is told that it can do little."""
    program = (
        "import hashlib\n"
        "from tests.unit.learning.example_updates import PARAMETERS, UPDATES, combine\n"
        "for rule in PARAMETERS: print(rule, hashlib.sha256(combine(rule, UPDATES)).hexdigest())"
    )
    environment = os.environ | {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 X86_V3 AVX512F AVX2 FMA3",
        "PYTHONPATH": str(HERE.parents[2]),
    }
    run = subprocess.run([sys.executable, "-c", program], cwd=HERE, env=environment, capture_output=True, text=True, check=True)
    assert dict(line.split() for line in run.stdout.splitlines()) == GOLDEN


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("rule", RULES)
def test_few_updates_are_enough(rule: str, count: int) -> None:
    assert find_flaw(combine(rule, UPDATES[:count]), LAYOUT, 1 << 20) is None


@pytest.mark.parametrize("rule", ["mean", "weighted_mean", "median", "trimmed_mean", "multi_krum"])
def test_the_aggregate_of_one_update_is_that_update(rule: str) -> None:
    assert combine(rule, UPDATES[:1]) == UPDATES[0].artifact


@pytest.mark.parametrize("rule", RULES)
def test_no_update_at_all_is_the_callers_business(rule: str) -> None:
    with pytest.raises(ValueError, match="no valid update"):
        combine(rule, [])


@pytest.mark.parametrize("rule", RULES)
def test_the_greatest_values_that_are_valid_stay_finite(rule: str) -> None:
    """A NaN has different bits on different machines; it must not arise from valid updates."""
    extremes = [encode({"w": np.array([sign * 3.4028235e38, 1e-45], "<f4")}) for sign in (1, 1, -1)]
    updates = [make_update(artifact, 2**256 - 1 - index) for index, artifact in enumerate(extremes)]
    assert find_flaw(combine(rule, updates, extremes[0]), read_layout(extremes[0]), 1 << 20) is None


MODELS = some.lists(some.lists(some.floats(-1e6, 1e6, width=32), min_size=4, max_size=4), min_size=1, max_size=6)


@settings(deadline=None)
@given(MODELS, some.randoms(use_true_random=False), some.sampled_from(sorted(RULES)))
def test_any_permutation_of_any_updates_gives_the_same_bytes(rows: list[list[float]], chance: random.Random, rule: str) -> None:
    updates = [make_update(encode({"w": np.array(row, "<f4")}), index + 1) for index, row in enumerate(rows)]
    shuffled = list(updates)
    chance.shuffle(shuffled)
    base = encode({"w": np.zeros(4, "<f4")})
    assert combine(rule, updates, base) == combine(rule, shuffled, base)


def test_minus_zero_and_zero_do_not_depend_on_how_a_machine_sorts() -> None:
    updates = [make_update(encode({"w": np.array([zero] * 9, "<f4")}), index) for index, zero in enumerate((0.0, -0.0, -0.0))]
    assert not np.signbit(decode(combine("median", updates, updates[0].artifact))["w"]).any()
