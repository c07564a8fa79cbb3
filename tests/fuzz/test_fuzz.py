"""Whatever a file or a frame holds, the answer is success or an error in words, soon and within memory."""

from __future__ import annotations

import pytest

from tests.fuzz.kinds import KINDS
from tests.fuzz.running import Judge

# Of each kind; `make fuzz` runs thousands.
_CASES = 400


@pytest.mark.parametrize("kind", KINDS)
def test_no_hostile_case_gets_through_unanswered(tmp_path, kind):
    judge = Judge(tmp_path)
    for number in range(_CASES):
        judge.run(kind, number)
    assert judge.faults == []
    assert sum(judge.tallies[kind].answers.values()) == _CASES
