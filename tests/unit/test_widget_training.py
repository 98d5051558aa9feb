"""A training loop's picture: its numbers are the loop's own, it stays small, and it asks little of the loop."""

from __future__ import annotations

import json
import math
import time
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.errors import CourseError
from course_utils.widgets import show_training
from course_utils.widgets.training_gradients import ROWS, GradientNorms
from course_utils.widgets.training_history import PICTURES, POINTS, History, Point
from course_utils.widgets.training_predictions import predictions_data

HOSTILE = '</script><img src=x onerror="alert(1)">'


def logged(count: int, **metrics) -> dict:
    watch = show_training()
    for i in range(count):
        watch.log(**{name: value(i) for name, value in metrics.items()})
    return watch.data


def pictures(data: dict) -> list[dict]:
    """Each picture in full, as the page puts it together."""
    told = data["pictures"]
    return [p if p["like"] is None else {**told[p["like"]], **p} for p in told]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3 * POINTS))
def test_every_log_is_in_exactly_one_point_whose_value_is_their_mean(values):
    history = History()
    for i, value in enumerate(values, 1):
        history.add(Point(i, 1, {"loss": (value, 1)}, 0.0))
    assert len(history.points) <= POINTS + 1
    assert sum(point.count for point in history.points) == len(values)
    first = 0
    for point in history.points:
        part = values[first : point.last]
        assert point.mean("loss") == pytest.approx(sum(part) / len(part), rel=1e-9, abs=1e-6)
        first = point.last
    assert first == len(values)


def test_a_metric_that_is_logged_now_and_then_is_the_mean_of_what_was_logged():
    data = logged(4, loss=float)
    assert data["metrics"]["loss"] == [0.0, 1.0, 2.0, 3.0]
    watch = show_training()
    watch.log(loss=1)
    watch.log(loss=2, val_loss=7)
    assert watch.data["metrics"] == {"loss": [1.0, 2.0], "val_loss": [None, 7.0]}


def test_a_hundred_thousand_logs_stay_a_small_picture():
    history = History()
    for i in range(1, 100_001):
        history.add(Point(i, 1, {"loss": (1.0, 1)}, 0.0))
    assert len(history.points) <= POINTS + 1
    assert len(json.dumps(history.data())) < 40_000
    assert history.count == 100_000


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_told_in_words(value):
    data = logged(2, loss=lambda i: value)
    assert data["metrics"]["loss"] == [str(value)] * 2
    json.dumps(data, allow_nan=False)


def test_gradient_norms_are_those_of_torch():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    watch = show_training(model)
    model(torch.randn(5, 3)).square().mean().backward()
    watch.log(loss=1.0)
    data = watch.data
    assert data["layers"] == [name for name, _ in model.named_parameters()]
    assert data["norms"][0] == pytest.approx([p.grad.norm().item() for p in model.parameters()], rel=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.integers(1, 4))
def test_grouped_norms_are_the_norms_of_the_whole_group(blocks, parts):
    model = nn.ModuleDict(
        {f"b{i}": nn.ModuleDict({f"p{j}": nn.Linear(2, 2) for j in range(parts)}) for i in range(blocks)}
    )
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    reader = GradientNorms(model)
    norms = reader.read()
    assert len(reader.names) == len(norms) <= ROWS
    whole = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
    assert math.sqrt(sum(n * n for n in norms)) == pytest.approx(whole, rel=1e-5)


def test_parameters_without_gradients_do_not_count():
    model = nn.Linear(2, 2)
    model.bias.requires_grad_(False)
    assert GradientNorms(model).names == ["weight"]
    assert GradientNorms(model).read() is None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_gradients_of_every_float_are_read(dtype):
    model = nn.Linear(2, 2, dtype=dtype)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    assert GradientNorms(model).read() == pytest.approx([6.0, math.sqrt(18)])


def test_a_sparse_gradient_is_read():
    table = nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([1, 1, 3])).sum().backward()
    assert GradientNorms(table).read() == pytest.approx([table.weight.grad.to_dense().norm().item()])


def test_the_learning_rate_is_that_of_each_log():
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    watch = show_training(optimizer=optimizer)
    for _ in range(3):
        watch.log(loss=1.0)
        optimizer.step()
        schedule.step()
    assert watch.data["rates"] == [1.0, 0.5, 0.25]


def ask(watch, **message) -> None:
    watch.widget._handle_custom_msg(message, [])


def test_a_learning_rate_that_is_asked_for_is_set_at_the_next_log_and_keeps_the_groups_in_proportion():
    one, two = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([{"params": [one], "lr": 0.1}, {"params": [two], "lr": 0.01}])
    watch = show_training(optimizer=optimizer)
    watch.log(loss=1.0)
    ask(watch, id=1, rate=1.0)
    assert optimizer.param_groups[0]["lr"] == 0.1
    watch.log(loss=1.0)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([1.0, 0.1])
    assert watch.data["heard"] == 1


def test_a_learning_rate_that_is_a_tensor_is_changed_in_place():
    optimizer = torch.optim.Adam([nn.Parameter(torch.ones(1))], lr=torch.tensor(0.1))
    rate = optimizer.param_groups[0]["lr"]
    watch = show_training(optimizer=optimizer)
    ask(watch, rate=0.5)
    watch.log(loss=1.0)
    assert rate.item() == 0.5


@pytest.mark.parametrize(
    "message", [{"rate": -1}, {"rate": "fast"}, {"rate": math.nan}, {"rate": True}, {"pause": 1}, {}, None, [1]]
)
def test_a_message_that_makes_no_sense_changes_nothing(message):
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)
    watch = show_training(optimizer=optimizer)
    watch.log(loss=1.0)
    watch.widget._handle_custom_msg(message, [])
    watch.log(loss=1.0)
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert watch.data["state"] == "running"


def test_a_pause_that_is_heard_when_no_loop_runs_does_not_stop_the_next_one():
    watch = show_training()
    ask(watch, id=1, pause=True)
    watch.log(loss=1.0)
    assert watch.data["state"] == "running"


def test_loop_hands_out_every_batch_and_counts_samples():
    batches = [(torch.zeros(4, 2), torch.zeros(4)), (torch.zeros(3, 2), torch.zeros(3))]
    watch = show_training()
    seen = []
    for batch in watch.loop(batches):
        seen.append(batch)
        watch.log(loss=1.0)
    assert seen == batches
    assert watch._samples == 7


def test_loop_stops_reading_when_the_caller_does():
    given_out = iter(range(10))
    for i in show_training().loop(given_out):
        if i == 3:
            break
    assert next(given_out) == 4


def test_the_last_of_total_logs_ends_it_and_a_with_block_too():
    watch = show_training(total=2)
    watch.log(loss=1.0)
    assert watch.data["state"] == "running"
    watch.log(loss=1.0)
    assert watch.data["state"] == "done"
    with show_training() as other:
        other.log(loss=1.0)
    assert other.data["state"] == "done"


def test_logs_after_the_end_are_kept_too():
    watch = show_training(total=2)
    for _ in range(5):
        watch.log(loss=1.0)
    assert watch.data["count"] == 5 and watch.data["state"] == "done"
    other = show_training()
    other.log(loss=1.0)
    other.finish()
    other.log(loss=1.0)
    assert other.data["state"] == "running"


def test_the_time_left_follows_from_the_logs_so_far():
    watch = show_training(total=4)
    for _ in range(2):
        watch.log(loss=1.0)
        time.sleep(0.05)
    data = watch.data
    assert data["speed"]["left"] == pytest.approx(data["seconds"][-1], abs=0.06)


@given(st.integers(1, 6), st.integers(0, 50))
def test_a_confusion_matrix_counts_each_answer_where_it_belongs(classes, count):
    truth, said = torch.randint(0, classes, (2, count))
    told = predictions_data((None, said, truth))
    for t, row in enumerate(told["counts"]):
        for s, n in enumerate(row):
            assert n == int(((truth == t) & (said == s)).sum())


def test_scores_become_labels_by_their_largest():
    scores, truth = torch.randn(50, 4), torch.randint(0, 4, (50,))
    assert predictions_data((None, scores, truth)) == predictions_data((None, scores.argmax(1), truth)) | {
        "counts": predictions_data((None, scores, truth))["counts"]
    }


def test_a_curve_is_sorted_by_x_and_thinned_out():
    x = torch.randperm(1000).float()
    told = predictions_data((x, x * 2, x * 3))
    assert told["x"] == sorted(told["x"]) and len(told["x"]) <= 120
    assert told["prediction"] == [2 * v for v in told["x"]] and told["truth"] == [3 * v for v in told["x"]]
    assert told["of"] == 1000


def test_pictures_are_thinned_out_and_the_newest_stays():
    watch = show_training()
    x = torch.linspace(0, 1, 5)
    for i in range(500):
        watch.log(loss=1.0, predictions=(x, x + i, x))
    told = pictures(watch.data)
    assert len(told) <= PICTURES
    assert told[-1]["prediction"] == pytest.approx((x + 499).tolist())
    assert all(p["truth"] == pytest.approx(x.tolist()) for p in told)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"model": 3}, "model is a torch.nn.Module"),
        ({"optimizer": nn.Linear(1, 1)}, "optimizer is a torch.optim.Optimizer"),
        ({"total": 0}, "above 0"),
        ({"total": True}, "above 0"),
        ({"total": 1.5}, "above 0"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(arguments, words):
    with pytest.raises(CourseError, match=words):
        show_training(**arguments)


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"loss": torch.ones(3)}, r"shape \(3,\); log its mean"),
        ({"loss": "low"}, "number or a 0-d tensor"),
        ({"loss": None}, "number or a 0-d tensor"),
        ({f"m{i}": 1 for i in range(7)}, "room for 6 metrics"),
        ({"predictions": 3}, "three things"),
        ({"predictions": (1, 2)}, "three things"),
        ({"predictions": (None, None, [1.0])}, "only x may be None"),
        ({"predictions": (None, [1.0, 2.0], [1.0])}, "2 predictions for 1 true values"),
        ({"predictions": ([1.0], [1.0, 2.0], [1.0, 2.0])}, "x has 1 elements"),
        ({"predictions": (None, [1, 2], [1])}, "2 predictions for 1 labels"),
        ({"predictions": (None, [99], [1])}, "from 0 to 19"),
        ({"predictions": (None, [-1], [1])}, "from 0 to 19"),
        ({"predictions": (None, object(), [1.0])}, "tensors or lists of numbers"),
    ],
)
def test_bad_logs_are_refused_in_one_sentence(metrics, words):
    with pytest.raises(CourseError, match=words):
        show_training().log(**metrics)


def test_a_log_costs_less_than_two_milliseconds():
    model = nn.Sequential(*(nn.Linear(32, 32) for _ in range(10)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = show_training(model, optimizer, total=2000)
    model(torch.ones(1, 32)).sum().backward()
    x = torch.linspace(0, 1, 100)
    # Time on this process's own clock: other programs on the machine do not count.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    began = time.process_time()
    for i in range(2000):
        watch.log(loss=1 / (i + 1), val_loss=0.5, predictions=(x, x + i, x))
    spent = time.process_time() - began
    torch.set_num_threads(threads)
    assert spent / 2000 < 2e-3


def test_a_plain_program_prints_nothing_and_has_its_page(capsys, tmp_path):
    watch = show_training()
    for i in range(3):
        watch.log(loss=i)
    assert capsys.readouterr() == ("", "")
    assert '"count":3' in watch.to_html(tmp_path / "run.html")


def test_hostile_names_stay_text():
    watch = show_training(name=HOSTILE)
    watch.log(**{HOSTILE: 1.0, "n" * 200: 2.0})
    ElementTree.fromstring(watch.to_svg())
    assert "<img" not in watch.to_svg() + watch.to_html()


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 0.0], [1e-9, 1e9], [-1.0, 1.0], [math.nan]])
def test_the_still_picture_can_be_drawn_from_anything(values):
    watch = show_training()
    for value in values:
        watch.log(loss=value)
    ElementTree.fromstring(watch.to_svg())
    assert f"{len(values)} logs" in watch.text
