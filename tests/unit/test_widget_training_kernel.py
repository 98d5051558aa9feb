"""A real kernel in the middle of a cell: what is asked of the picture reaches the loop, and no queued cell is lost."""

from __future__ import annotations

import time

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.long

PATIENCE_S = 60
LOOP = """
import time, torch
from course_utils.widgets import show_training
weight = torch.nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD([weight], lr=0.5)
watch = show_training(optimizer=optimizer)
print("id", watch.widget.comm.comm_id, flush=True)
began = time.time()
for batch in watch.loop(range(10**6)):
    watch.log(loss=1.0)
    time.sleep(0.005)
    if optimizer.param_groups[0]["lr"] == 0.125 or time.time() - began > 50:
        break
print("lr", optimizer.param_groups[0]["lr"], "logs", watch.data["count"])
"""


class Kernel:
    """A kernel and a client that reads what it says."""

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel()
        self.subshell = None

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code: str) -> str:
        return self.client.execute(code, stop_on_error=False)

    def open_subshell(self) -> None:
        """What JupyterLab does for each comm target."""
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                self.subshell = reply["content"]["subshell_id"]
                return

    def ask(self, comm_id: str, **what: object) -> None:
        message = self.client.session.msg(
            "comm_msg", {"comm_id": comm_id, "data": {"method": "custom", "content": what}}
        )
        message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def said(self, until) -> dict:
        """The first message on iopub for which ``until`` holds."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=PATIENCE_S)
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
            if until(message):
                return message
        raise AssertionError("The kernel did not say it in time.")

    def printed(self, start: str) -> list[str]:
        return self.said(lambda m: m["content"].get("text", "").startswith(start))["content"]["text"].split()

    def told(self, **expected: object) -> dict:
        """The widget's data, once it has these entries."""

        def fits(message: dict) -> bool:
            data = message["content"].get("data", {})
            data = data.get("state", {}).get("data", {}) if isinstance(data, dict) else {}
            return bool(data) and all(data.get(key) == value for key, value in expected.items())

        return self.said(fits)["content"]["data"]["state"]["data"]


@pytest.fixture(scope="module")
def kernel():
    running = Kernel()
    yield running
    running.close()


def test_a_learning_rate_asked_for_in_the_middle_of_a_cell_reaches_the_loop(kernel):
    kernel.open_subshell()
    kernel.run(LOOP)
    comm = kernel.printed("id")[1]
    kernel.told(state="running")
    kernel.ask(comm, id=1, rate=0.125)
    assert kernel.told(heard=1)["rate"] == 0.125
    assert kernel.printed("lr")[1] == "0.125"


def test_a_paused_loop_stands_still_and_goes_on_and_cells_that_wait_run_afterwards(kernel):
    kernel.open_subshell()
    kernel.run(LOOP)
    comm = kernel.printed("id")[1]
    kernel.run("print('queued', watch.data['count'])")
    kernel.told(state="running")
    kernel.ask(comm, id=1, pause=True)
    before = kernel.told(state="paused")["count"]
    kernel.ask(comm, id=2, rate=0.25)
    assert kernel.told(state="paused", heard=2)["count"] == before
    kernel.ask(comm, id=3, pause=False)
    kernel.told(state="running")
    kernel.ask(comm, id=4, rate=0.125)
    logs = kernel.printed("lr")[3]
    assert kernel.printed("queued") == ["queued", logs]


def test_a_paused_loop_can_be_interrupted_and_the_picture_says_that_it_stopped(kernel):
    kernel.open_subshell()
    kernel.run(LOOP)
    comm = kernel.printed("id")[1]
    kernel.told(state="running")
    kernel.ask(comm, id=1, pause=True)
    kernel.told(state="paused")
    kernel.manager.interrupt_kernel()
    with pytest.raises(AssertionError, match="KeyboardInterrupt"):
        kernel.said(lambda m: False)
    kernel.told(state="ended")
    kernel.run("for i in range(3): watch.log(loss=2.0)\nprint('again', watch.data['state'])")
    assert kernel.printed("again") == ["again", "running"]


def test_the_picture_appears_with_the_first_log_and_its_output_is_renewed_when_the_cell_ends(kernel):
    kernel.run(
        "from course_utils.widgets import show_training\n"
        "watch = show_training(total=5)\nfor i in range(4): watch.log(loss=1 / (i + 1))"
    )
    shown = kernel.said(lambda m: m["msg_type"] == "display_data")["content"]
    assert set(shown["data"]) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"}
    again = kernel.said(lambda m: m["msg_type"] == "update_display_data")["content"]
    assert again["transient"] == shown["transient"]
    assert "4 of 5 logs" in again["data"]["text/plain"]


def test_a_watch_that_its_own_cell_shows_is_not_shown_twice(kernel):
    kernel.run("watch = show_training()\nwatch")
    kernel.said(lambda m: m["msg_type"] == "execute_result")
    kernel.run("watch.log(loss=1.0)\nprint('end')")
    seen = []
    kernel.said(lambda m: seen.append(m["msg_type"]) or m["content"].get("text", "").startswith("end"))
    assert "display_data" not in seen
