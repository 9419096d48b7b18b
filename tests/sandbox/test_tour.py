"""The tour: what is not an engine's, and what has to be as with one: never two, never lost."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from pulumi_realtimekit.plugin import process

from sandbox.passphrase import PassphraseCrypter, PassphraseError
from tests.kit.waiting import eventually
from tests.sandbox.copies import Copy

STANDUP, WEEKLY = "97440c6a-140b-40a9-9499-b23fd7a3868a", "4c8a4e5e-9d8e-4f6c-8a0b-0c8d2a3f1b7d"


def stopped_while_starting(tour: Copy, number: int) -> tuple[int, str]:
    """Sends a signal while a start is under way; the exit code, and what was printed."""
    tour.make("preview")
    before = len(tour.starts())
    tour.control("POST", "faults", [{"fault": "delay", "method": "POST", "times": 1, "seconds": 2}])
    process = tour.start("up")
    eventually(lambda: len(tour.starts()) > before, "a start is under way")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def test_an_interrupt_waits_for_the_running_call(tour: Copy) -> None:
    for number, signal_number in enumerate((signal.SIGINT, signal.SIGTERM), 1):
        code, printed = stopped_while_starting(tour, signal_number)
        assert code == 1
        assert "waiting for the running call" in printed
        assert "1 created" in printed
        assert len(tour.active()) == number

    assert "2 unchanged" in tour.make("up")
    assert len(tour.starts()) == 2
    tour.make("destroy")
    assert tour.active() == []


def test_the_next_up_takes_over_what_a_killed_one_started(tour: Copy) -> None:
    """A `destroy` in its place does not know whether it was started, and says so."""
    code, _ = stopped_while_starting(tour, signal.SIGKILL)
    assert code == -signal.SIGKILL
    eventually(tour.active, "the service has acted on the start")
    assert "was killed while it started this recording" in tour.make("destroy", code=1)

    tour.make("up")
    assert tour.active() == [WEEKLY, STANDUP]
    assert len(tour.starts()) == 2
    tour.make("destroy")
    assert tour.active() == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_noticed_before_a_start(tour: Copy) -> None:
    tour.make("preview")
    (tour.sandbox / "tour.new").symlink_to("/dev/full")
    printed = tour.make("up", code=1)
    assert printed.strip().splitlines()[-1].endswith("No space left on device")
    assert tour.starts() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "said", "starts"),
    [
        pytest.param(
            "Pulumi.sandbox.yaml", "outputs: [archive]", "outputs: [archve]", 1, "archve", 0, id="mistake in the config"
        ),
        pytest.param(
            "__main__.py",
            "for name",
            'pulumi.CustomResource("aws:s3/bucket:Bucket", "files")\nfor name',
            1,
            "the program uses aws:s3/bucket:Bucket, which needs the Pulumi CLI: build it with `make cli`",
            None,
            id="another resource",
        ),
        pytest.param(
            "__main__.py",
            "for name",
            'realtimekit.TrackRecording.get("other", "recording-id")\nfor name',
            1,
            "which needs the Pulumi CLI",
            None,
            id="a lookup",
        ),
        pytest.param(
            "__main__.py",
            "for name",
            'realtimekit.TrackRecording("standup", meeting_id="another")\nfor name',
            1,
            "standup: declared twice",
            None,
            id="one name twice",
        ),
        pytest.param(
            "__main__.py",
            "TrackRecording(name, **arguments)",
            "TrackRecording(name, **arguments, opts=pulumi.ResourceOptions(provider=provider))",
            0,
            "2 created",
            2,
            id="explicit provider",
        ),
        pytest.param(
            "Pulumi.sandbox.yaml", "encryptionsalt: v1:z", "encryptionsalt: v1:y", 1, "passphrase", 0, id="salt"
        ),
    ],
)
def test_programs(tour: Copy, file: str, old: str, new: str, code: int, said: str, starts: int | None) -> None:
    tour.replace(file, old, new)
    if "provider=provider" in new:
        provider = 'realtimekit.Provider("eu", account_id="eu", api_token="sandbox-token", app_id="app")'
        tour.replace("__main__.py", "for name", f"provider = {provider}\nfor name")
    assert said in tour.make("up", code=code)
    if starts is not None:
        assert len(tour.starts()) == starts
    if code == 0:
        tour.make("refresh")
        tour.make("destroy")
        assert tour.active() == []


def test_the_provider_adds_no_threads_to_a_pool_that_ends() -> None:
    """It runs on asyncio's: after a failure of the program that waits for the threads that there are."""
    ends = Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: (ends.wait(60), process.serve_more_calls()))
        waiting = pool.submit(str)
        pool.shutdown(wait=False)
        ends.set()
        first.result()
        assert waiting.result() == ""
    assert len(pool._threads) == 1


def test_a_bug_of_the_program_keeps_its_traceback(tour: Copy) -> None:
    tour.replace("__main__.py", "for name", "undefined\nfor name")
    process = tour.start("up")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "NameError: name 'undefined' is not defined" in err


def test_a_change_and_a_removal(tour: Copy) -> None:
    assert "unclosed" not in tour.make("up", PYTHONWARNINGS="default::ResourceWarning")
    tour.replace("Pulumi.sandbox.yaml", "max_seconds: 60", "max_seconds: 90")
    assert "standup would be replaced" in tour.make("preview")
    assert "standup replaced" in tour.make("up")
    tour.replace("Pulumi.sandbox.yaml", "max_seconds: 90", "max_seconds: 90\n      desired_status: PAUSED")
    assert "standup updated" in tour.make("up")
    text = (tour.folder / "Pulumi.sandbox.yaml").read_text()
    salt = text[text.index("encryptionsalt") :]
    (tour.folder / "Pulumi.sandbox.yaml").write_text(text[: text.index("    # Only audio")] + salt)
    assert "weekly would be deleted" in tour.make("preview")
    assert "weekly deleted" in tour.make("up")
    assert tour.active() == [STANDUP]
    assert len(tour.starts()) == 3


def test_what_is_secret_and_what_is_kept(tour: Copy) -> None:
    """What the config encrypts is not shown; the state is encrypted whole, and goes with the last recording."""
    text = (tour.folder / "Pulumi.sandbox.yaml").read_text()
    crypter = PassphraseCrypter.open("sandbox", text.rpartition("encryptionsalt: ")[2].strip())
    tour.replace("Pulumi.sandbox.yaml", "bucket: meeting-archive", f"bucket: {{secure: {crypter.encrypt('hidden')}}}")
    up = tour.make("up")
    assert "aws [secret]/recordings/sandbox" in up
    assert "hidden" not in up
    state = tour.sandbox / "tour.state"
    assert STANDUP not in state.read_text()
    tour.make("destroy")
    assert not state.exists()


def test_passphrases() -> None:
    crypter = PassphraseCrypter.new("correct horse")
    sealed = crypter.encrypt("päss")
    assert PassphraseCrypter.open("correct horse", crypter.salt).decrypt(sealed) == "päss"
    assert crypter.encrypt("päss") != sealed


@pytest.mark.parametrize(
    ("passphrase", "salt"),
    [("wrong", None), ("right", "v1:zbDiZ6AuuiY="), ("right", ""), ("right", "v1:%:v1:a:b")],
)
def test_a_wrong_passphrase_or_salt(passphrase: str, salt: str | None) -> None:
    with pytest.raises(PassphraseError):
        PassphraseCrypter.open(passphrase, PassphraseCrypter.new("right").salt if salt is None else salt)


def test_what_the_cli_encrypted_is_decrypted() -> None:
    salt = "v1:zbDiZ6AuuiY=:v1:7NYyOH97E29smLFz:Sha4i3COcxwcYnB9j+JLYBdBm7BcwA=="
    token = "v1:fDcYilIOjyUK3vl/:GqdHtxPIjjBWiWgzm8hN1W55RcwkatE0U3VL5Kk="
    assert PassphraseCrypter.open("sandbox", salt).decrypt(token) == "sandbox-token"
