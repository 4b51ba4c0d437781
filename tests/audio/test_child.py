"""Programs beside ours: what they give and say, how they end, and that nothing is left of them."""

import os
import shutil
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from genred.audio.child import Child, python
from genred.errors import GenredError
from live_fakes import WAIT_S, alive, in_thread, open_files, wait_until
from programs import started


def shell(script: str) -> Child:
    return Child(["sh", "-c", script])


def our_own(code: str) -> Child:
    return Child([sys.executable, "-c", code])


def filled(child: Child, size: int) -> bytes:
    buffer = bytearray(size)
    count = child.fill(memoryview(buffer))
    return bytes(buffer[:count])


def failed(child: Child, size: int = 100) -> str:
    with pytest.raises(GenredError) as caught:
        filled(child, size)
    child.forget()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_buffer_is_filled_however_the_bytes_come() -> None:
    child = shell("for i in 1 2 3 4 5 6; do printf $i; sleep 0.01; done; sleep 100")
    assert [filled(child, 2) for _ in range(3)] == [b"12", b"34", b"56"]
    child.forget()


def test_a_program_that_ends_early_is_an_error_with_its_last_words() -> None:
    told = failed(shell("printf 123; echo first >&2; echo 'last words' >&2; echo >&2; exit 3"))
    assert told == "sh ended: last words"


def test_a_program_that_ends_without_a_word_is_an_error() -> None:
    assert failed(shell("exit 0")) == "sh ended"


def test_a_program_that_was_killed_is_said_to_be() -> None:
    assert failed(shell("echo why >&2; kill -SEGV $$")) == "sh was killed (signal 11): why"


def test_last_words_that_are_no_text_are_still_one_line() -> None:
    assert failed(shell(r"printf 'a\377b\nc\303\n' >&2")) == "sh ended: c�"


def test_a_program_that_is_not_there_is_one_line() -> None:
    with pytest.raises(GenredError, match=r"^no-such-program: (not found|No such file.*)$"):
        Child(["no-such-program"])


def test_a_program_that_may_not_be_run_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    with pytest.raises(GenredError, match="text: "):
        Child([str(tmp_path / "text")])


@pytest.mark.parametrize("line", ["bytes(1199) + b'\\n'", "bytes(1200)"], ids=["lines", "one line"])
def test_a_flood_of_words_neither_stops_it_nor_is_kept(line: str) -> None:
    flood = f"flood = {line}\nfor _ in range(50 * 2**20 // 1200): os.write(2, flood)\n"
    tracemalloc.start()
    child = our_own(f"import os, time\n{flood}\nos.write(1, b'done')\ntime.sleep(100)")
    assert filled(child, 4) == b"done"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    child.forget()
    assert peak < 10e6


def test_what_it_says_can_be_heard_line_by_line() -> None:
    heard: list[str] = []
    child = Child(["sh", "-c", "echo one >&2; echo ' two ' >&2; printf three >&2"], heard.append)
    failed(child)
    assert heard == ["one", "two", "three"]


def test_lines_end_with_the_program() -> None:
    child = shell("echo one; printf 'two\\377\\n'; printf three")
    assert list(child.lines()) == ["one", "two�", "three"]
    child.forget()


def test_close_in_another_thread_ends_a_fill_without_an_error() -> None:
    child = shell("printf 123; exec sleep 100")
    assert filled(child, 2) == b"12"
    result = in_thread(lambda: filled(child, 100))
    child.close()
    assert result.result(WAIT_S) == b"3"
    child.forget()


def test_close_in_another_thread_ends_lines() -> None:
    child = shell("echo one; exec sleep 100")
    lines = child.lines()
    assert next(lines) == "one"
    result = in_thread(lambda: list(lines))
    child.close()
    assert result.result(WAIT_S) == []
    child.forget()


def test_it_can_be_closed_and_forgotten_more_than_once() -> None:
    child = shell("sleep 100")
    child.close()
    child.close()
    child.forget()
    child.forget()
    child.close()
    assert child.ended


def test_a_program_that_takes_no_hint_is_gone_all_the_same() -> None:
    child = shell("trap '' TERM INT HUP; printf x; while :; do sleep 0.01; done")
    filled(child, 1)
    child.forget()
    assert not alive(child.pid)


def test_a_program_takes_those_along_that_it_has_started() -> None:
    child = shell("sleep 100 & echo $!; wait")
    started = int(next(child.lines()))
    assert alive(started)
    child.forget()
    wait_until(lambda: not alive(started))


def test_one_who_has_left_its_group_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genred.audio.child._END_S", 0.05)
    stays = "import os, subprocess; print(subprocess.Popen(['sleep', '100'], process_group=0).pid)"
    child = our_own(stays)
    pid = int(next(child.lines()))
    child.forget()
    os.kill(pid, signal.SIGKILL)
    monkeypatch.undo()
    child.forget()


def test_nothing_is_left_of_programs_that_were_forgotten() -> None:
    shell("true").forget()
    before = open_files()
    for script in ["exit 1", "sleep 100", "echo words >&2; exit 1"] * 5:
        shell(script).forget()
    assert open_files() == before


def test_a_program_of_ours_ends_when_its_stdin_does() -> None:
    code = "from genred.audio.children.parent import end_with_parent\nend_with_parent()\n"
    loop = "print('up', flush=True)\nwhile True: pass"
    with started(
        [sys.executable, "-c", code + loop], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        process.stdin.write(b"not the end")
        process.stdin.flush()
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(WAIT_S) == 0


def test_one_who_tells_ends_when_nobody_listens() -> None:
    code = "from genred.audio.children.parent import tell\nwhile True: tell({'x': 1})"
    with started(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b'{"x": 1}\n'
        process.stdout.close()
        assert process.wait(WAIT_S) == 0
        assert process.stderr.read() == b""


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv: apt-get install util-linux")
def test_a_program_of_others_ends_with_us_even_if_we_are_killed() -> None:
    code = (
        "import time\nfrom genred.audio.child import Child\n"
        "print(Child(['sleep', '1000']).pid, flush=True)\ntime.sleep(1000)"
    )
    with started([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        wait_until(lambda: b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0])
        assert alive(pid)
        process.send_signal(signal.SIGKILL)
        process.wait(WAIT_S)
    wait_until(lambda: not alive(pid))


def test_a_program_is_no_part_of_our_session() -> None:
    child = shell("ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat; exec sleep 100")
    session = int(next(child.lines()))
    child.forget()
    assert session != os.getsid(0)


def test_a_module_of_ours_is_run_by_this_interpreter() -> None:
    assert python("a.b", "list") == [sys.executable, "-m", "a.b", "list"]
