"""A serving graph is checked when it is read; each mistake names its node and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import decode_model, encode
from keepfit.definitions.mistakes import InvalidDefinitions

_TOML = """
[dataset.loans]
event_time = "at"
[dataset.loans.fields]
at      = { type = "timestamp" }
amount  = { type = "float", min = 0 }
country = { type = "category" }
channel = { type = "category" }
bad     = { type = "bool", nullable = true }
grade   = { type = "category", nullable = true }
loss    = { type = "float", nullable = true }
[dataset.scores]
[dataset.scores.fields]
own    = { type = "float" }
forest = { type = "float" }
bad    = { type = "bool", nullable = true }
[dataset.others]
[dataset.others.fields]
amount = { type = "category" }
bad    = { type = "bool", nullable = true }

[model.credit]
dataset = "loans"
label   = "bad"
inputs  = ["amount", "country"]
[model.credit_forest]
dataset = "loans"
label   = "bad"
inputs  = ["country", "amount"]
[model.above]
dataset = "scores"
label   = "bad"
inputs  = ["own", "forest"]
[model.other]
dataset = "others"
label   = "bad"
inputs  = ["amount"]
[model.grade]
dataset = "loans"
label   = "grade"
inputs  = ["amount"]
[model.loss]
dataset = "loans"
label   = "loss"
inputs  = ["amount"]
"""
_HEAD = '\n[model.credit.graph]\nanswer = "blend"\n'
OWN = 'own = { model = "credit" }\n'
FOREST = 'forest = { model = "credit_forest" }\n'
HALF = 'euros = { transform = { amount = "amount / 2" } }\n'
BLEND = 'blend = { ensemble = "mean", of = ["own", "forest"] }\n'


def compiled(folder: Path, nodes: str, graph: str = "", more: str = "") -> compiling.Compiled:
    text = f"{_TOML}{more}{_HEAD}{graph}\n[model.credit.graph.nodes]\n{nodes}"
    (folder / "loans.toml").write_text(text)
    return compiling.compile_all(folder)


def test_a_graph_is_compiled_with_its_expressions_and_travels_with_a_run(tmp_path: Path) -> None:
    nodes = (
        OWN
        + 'forest = { model = "credit_forest", columns_from = ["euros"], deadline_ms = 50, fallback = "own" }\n'
        + 'euros = { transform = { amount = "amount / 1.1" } }\n'
        + 'above = { ensemble = "stack", of = ["own", "forest"], model = "above" }\n'
        + 'split = { route = [{ share = 0.1, to = "above" }, { share = 0.9, to = "own" }], by = ["country"] }\n'
        + 'site = { ensemble = "segment", by = ["channel"], choices = { web = "split" }, otherwise = "own" }\n'
        + """blend = { route = [{ when = "channel = 'shop'", to = "own" }, { to = "site" }] }\n"""
    )
    model = compiled(tmp_path, nodes, 'fields = ["channel"]').models["credit"]
    assert model.graph
    assert model.graph.models == ["credit", "above", "credit_forest"]
    assert model.graph.nodes["euros"].expressions["amount"].tree[0] == "/"
    assert list(model.graph.fields) == ["channel"]
    assert decode_model(encode(model)) == model


def test_the_views_of_all_its_models_are_looked_up(tmp_path: Path) -> None:
    view = """
    [dataset.countries]
    event_time = "seen_at"
    fields = { seen_at = { type = "timestamp" }, country = { type = "category" }, rate = { type = "float" } }
    [feature_view.rates]
    dataset = "countries"
    entity = ["country"]
    latest = ["rate"]
    ttl = "30d"
    online = true
    """
    text = _TOML.replace(
        'inputs  = ["country", "amount"]',
        'inputs  = ["country", "amount"]\nfeatures = ["rates:rate"]\nlookup = ["rates"]',
    )
    (tmp_path / "loans.toml").write_text(
        f"{text}{view}{_HEAD}[model.credit.graph.nodes]\n{OWN}{FOREST}{BLEND}"
    )
    graph = compiling.compile_all(tmp_path).models["credit"].graph
    assert graph
    assert graph.views == ["rates"]


def test_pictures_are_for_graphs_whose_own_model_reads_them(tmp_path: Path) -> None:
    text = _TOML.replace("channel = {", 'photo   = { type = "image" }\nchannel = {').replace(
        'inputs  = ["country", "amount"]', 'inputs  = ["country", "amount", "photo"]'
    )
    (tmp_path / "loans.toml").write_text(f"{text}{_HEAD}[model.credit.graph.nodes]\n{OWN}{FOREST}{BLEND}")
    with pytest.raises(InvalidDefinitions) as refused:
        compiling.compile_all(tmp_path)
    [mistake] = refused.value.mistakes
    assert (
        "[model.credit.graph.nodes.forest] model: credit_forest reads 'photo', of type image"
        in mistake.message
    )


def test_a_model_without_a_graph_is_compiled_to_the_bytes_that_it_always_was(tmp_path: Path) -> None:
    models = compiled(tmp_path, OWN + FOREST + BLEND).models
    assert b'"graph"' not in encode(models["credit_forest"])
    assert b'"graph"' in encode(models["credit"])


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        (OWN + FOREST, "[model.credit.graph] answer: 'blend' is no node; there are forest, own"),
        (OWN + 'blend = { ensemble = "mean", of = ["own", "forst"] }\n' + FOREST,
         "[model.credit.graph.nodes.blend] of: 'forst' is no node; did you mean 'forest'?"),
        (OWN + FOREST + BLEND.replace("}", ', fallback = "ow" }'),
         "[model.credit.graph.nodes.blend] fallback: 'ow' is no node"),
        (OWN + 'forest = { model = "credit_fores" }\n' + BLEND,
         "[model.credit.graph.nodes.forest] model: there is no [model.credit_fores]; did you mean 'credit_forest'?"),
        (OWN + 'forest = { model = "credit", fallback = "blend" }\n' + BLEND,
         "[model.credit.graph.nodes.forest] asks in a circle, forest → blend → forest"),
        (OWN + 'blend = { model = "credit", fallback = "blend" }\n',
         "[model.credit.graph.nodes.blend] asks in a circle, blend → blend"),
        (OWN + FOREST + BLEND + 'more = { ensemble = "mean", of = ["own", "forest"] }\n',
         "[model.credit.graph.nodes.more] is not reached from the answer 'blend'"),
        (FOREST + 'blend = { model = "credit_forest", fallback = "forest" }\n',
         "[model.credit.graph.nodes] has no node of the model itself"),
        (OWN + 'forest = { model = "grade" }\n' + BLEND,
         "[model.credit.graph.nodes.forest] model: grade answers the task multiclass for a label of type category, "),
        (OWN + 'forest = { model = "loss" }\n' + BLEND,
         "[model.credit.graph.nodes.forest] model: loss answers the task regression"),
        (OWN + 'forest = { model = "other" }\n' + BLEND,
         "[model.credit.graph.nodes.forest] model: other reads 'amount' as category, and credit as float"),
        (OWN + FOREST + "blend = {}\n", "[model.credit.graph.nodes.blend] is no node yet: write one of ensemble"),
        (OWN + FOREST + BLEND + 'Upper = { model = "credit" }\n',
         "[model.credit.graph.nodes.Upper] needs another name"),
        (OWN + FOREST + BLEND.replace("}", ", deadline_ms = 5 }"),
         "[model.credit.graph.nodes.blend] deadline_ms: is for stack and function and model, and this is a mean"),
        (OWN + FOREST + BLEND.replace("}", ', route = [{ to = "own" }] }'),
         "[model.credit.graph.nodes.blend] route: is for route, and this is a mean; leave it out"),
        (OWN + FOREST + BLEND.replace("}", ", weights = [1] }"),
         "[model.credit.graph.nodes.blend] weights: 1 weigh the 2 nodes in of"),
        (OWN + FOREST + BLEND.replace("}", ", weights = [1, 0] }"),
         "[model.credit.graph.nodes.blend] weights: each must be a finite number above 0"),
        (OWN + 'blend = { ensemble = "mean", of = ["own"] }\n',
         "[model.credit.graph.nodes.blend] of: name at least two nodes"),
        (OWN + FOREST + 'blend = { ensemble = "stack", of = ["own", "forest"] }\n',
         "[model.credit.graph.nodes.blend] model is missing: name the model that reads the scores"),
        (OWN + 'blend = { ensemble = "stack", of = ["own"], model = "credit_forest" }\n',
         "[model.credit.graph.nodes.blend] of: the score of 'own' is a float of that name for credit_forest, which "),
        (OWN + 'blend = { ensemble = "segment", by = ["amount"], choices = { a = "own" }, otherwise = "own" }\n',
         "[model.credit.graph.nodes.blend] by: name the one field of type category"),
        (OWN + 'blend = { ensemble = "segment", by = ["country"], choices = { de = "own" } }\n',
         "[model.credit.graph.nodes.blend] otherwise is missing"),
        (OWN + 'blend = { ensemble = "segment", by = ["country"], otherwise = "own" }\n',
         "[model.credit.graph.nodes.blend] choices: name a node for one value at least"),
        (OWN + 'blend = { route = [{ when = "amont > 5", to = "own" }, { to = "own" }] }\n',
         "[model.credit.graph.nodes.blend] route: when = 'amont > 5': 'amont' is not a column"),
        (OWN + 'blend = { route = [{ when = "amount", to = "own" }, { to = "own" }] }\n',
         "[model.credit.graph.nodes.blend] route: when = 'amount' gives a float, and a condition is true or false"),
        (OWN + 'blend = { route = [{ when = "amount > 5", to = "own" }] }\n',
         "[model.credit.graph.nodes.blend] route: the last way must have no condition"),
        (OWN + 'blend = { route = [{ to = "own" }, { to = "own" }] }\n',
         "[model.credit.graph.nodes.blend] route: only the last way may be without a condition"),
        (OWN + 'blend = { route = [{ share = 0.5, to = "own" }, { share = 0.4, to = "own" }], by = ["country"] }\n',
         "[model.credit.graph.nodes.blend] route: the shares add up to 0.9, and must to 1"),
        (OWN + 'blend = { route = [{ share = 1, to = "own" }] }\n',
         "[model.credit.graph.nodes.blend] by is missing: name the fields whose hash parts rows"),
        (OWN + 'blend = { route = [{ share = 1, to = "own" }], by = ["customer"] }\n',
         "[model.credit.graph.nodes.blend] by: 'customer' is no field of a request; there are amount, country"),
        (OWN + 'blend = { route = [{ share = 0.5, to = "own" }, { to = "own" }], by = ["country"] }\n',
         "[model.credit.graph.nodes.blend] route: ways have a share each, or conditions"),
        (OWN + 'blend = { route = [{ to = "own" }], by = ["country"] }\n',
         "[model.credit.graph.nodes.blend] by is for shares"),
        (OWN + 'blend = { transform = { amount = "amount / 2" } }\n',
         "[model.credit.graph] answer: 'blend' gives columns, and an answer is wanted"),
        (OWN + HALF + 'blend = { ensemble = "mean", of = ["own", "euros"] }\n',
         "[model.credit.graph.nodes.blend] of: 'euros' gives columns, and an answer is wanted there"),
        (OWN + 'blend = { model = "credit", columns_from = ["own"] }\n',
         "[model.credit.graph.nodes.blend] columns_from: 'own' gives an answer, and columns is wanted there"),
        ('blend = { model = "credit", columns_from = ["euros"] }\neuros = { transform = { amount = "amout / 2" } }\n',
         "[model.credit.graph.nodes.euros] transform: amount = 'amout / 2': 'amout' is not a column"),
        ('blend = { model = "credit", columns_from = ["euros"] }\neuros = { transform = { eur = "amount / 2" } }\n',
         "[model.credit.graph.nodes.blend] columns_from: the column 'eur' is none that credit reads"),
        ('blend = { model = "credit", columns_from = ["euros"] }\neuros = { transform = { country = "amount / 2" } }\n',
         "[model.credit.graph.nodes.blend] columns_from: the column 'country' is of type float, and credit reads a"),
        ('blend = { model = "credit", columns_from = ["euros", "b"] }\nb = { transform = { amount = "1" } }\n' + HALF,
         "[model.credit.graph.nodes.blend] columns_from: 'euros' and 'b' both give 'amount'"),
        (OWN + 'blend = { score = "scores / 2", of = ["own"] }\n',
         "[model.credit.graph.nodes.blend] score = 'scores / 2': 'scores' is not a column"),
        (OWN + 'blend = { score = "score > 1", of = ["own"] }\n',
         "[model.credit.graph.nodes.blend] score = 'score > 1' gives a bool, and a score is a number"),
        (OWN + FOREST + 'blend = { score = "score", of = ["own", "forest"] }\n',
         "[model.credit.graph.nodes.blend] of: name the one node whose score the expression reads"),
        (OWN + 'blend = { function = "rules", deadline_ms = 5, fallback = "own" }\n',
         "[model.credit.graph.nodes.blend] function: 'rules' is no ARN of a Lambda function"),
        (OWN + 'blend = { function = "arn:aws:lambda:eu-west-1:123456789012:function:rules", fallback = "own" }\n',
         "[model.credit.graph.nodes.blend] deadline_ms is missing"),
        (OWN + 'blend = { model = "credit", deadline_ms = 0, fallback = "own" }\n',
         "[model.credit.graph.nodes.blend] deadline_ms cannot be 0"),
        (OWN + 'blend = { ensemble = "median", of = ["own"] }\n',
         "[model.credit.graph.nodes.blend] ensemble cannot be 'median'; it can be mean, vote, stack, segment"),
        (OWN + 'blend = { modell = "credit" }\n',
         "[model.credit.graph.nodes.blend] modell is not a known key; did you mean 'model'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_node(tmp_path: Path, nodes: str, says: str) -> None:
    with pytest.raises(InvalidDefinitions) as refused:
        compiled(tmp_path, nodes)
    [mistake] = refused.value.mistakes
    assert mistake.message.startswith(says)
    assert mistake.line is not None


def test_votes_and_scores_are_for_the_tasks_that_have_them(tmp_path: Path) -> None:
    graph = '\n[model.{0}.graph]\nanswer = "a"\n[model.{0}.graph.nodes]\n'
    graph += 'b = {{ model = "{0}" }}\nc = {{ model = "{0}" }}\n'
    loss = graph.format("loss") + 'a = { ensemble = "vote", of = ["b", "c"] }\n'
    grade = (
        graph.format("grade").replace("c = ", "d = ")
        + 'a = { score = "score", of = ["b"], fallback = "d" }\n'
    )
    (tmp_path / "loans.toml").write_text(_TOML + loss + grade)
    with pytest.raises(InvalidDefinitions) as refused:
        compiling.compile_all(tmp_path)
    one, other = (mistake.message for mistake in refused.value.mistakes)
    assert "[model.loss.graph.nodes.a] ensemble: votes are for labels" in one
    assert "[model.grade.graph.nodes.a] score: a score is one number" in other


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ('["chanel"]', "fields: 'chanel' is no field of the model's dataset; did you mean 'channel'?"),
        ('["bad"]', "fields: 'bad' is the label, which no request can send"),
    ],
)
def test_what_a_request_cannot_hold_is_no_field_of_a_graph(tmp_path: Path, fields: str, says: str) -> None:
    with pytest.raises(InvalidDefinitions) as refused:
        compiled(tmp_path, OWN + FOREST + BLEND, f"fields = {fields}")
    [mistake] = refused.value.mistakes
    assert mistake.message.startswith(f"[model.credit.graph] {says}")


def test_a_graph_is_made_of_models_and_not_of_graphs(tmp_path: Path) -> None:
    more = '[model.credit_forest.graph]\nanswer = "own"\nnodes = { own = { model = "credit_forest" } }\n'
    with pytest.raises(InvalidDefinitions) as refused:
        compiled(tmp_path, OWN + FOREST + BLEND, more=more)
    [mistake] = refused.value.mistakes
    assert "[model.credit.graph.nodes.forest] model: credit_forest has a graph of its own" in mistake.message


def test_an_interval_that_was_measured_of_the_model_is_no_interval_of_a_graph(tmp_path: Path) -> None:
    text = _TOML.replace('label   = "loss"', 'label   = "loss"\ninterval = 0.9')
    nodes = '[model.loss.graph]\nanswer = "a"\n[model.loss.graph.nodes]\n'
    nodes += 'a = { score = "score * 2", of = ["b"] }\nb = { model = "loss" }\n'
    (tmp_path / "loans.toml").write_text(text + nodes)
    with pytest.raises(
        InvalidDefinitions, match=r"\[model\.loss\] interval: it is measured of the model alone"
    ):
        compiling.compile_all(tmp_path)


def test_a_graph_is_not_blamed_for_a_model_that_is_wrong_by_itself(tmp_path: Path) -> None:
    text = _TOML.replace('inputs  = ["country", "amount"]', 'inputs  = ["contry", "amount"]')
    (tmp_path / "loans.toml").write_text(text + _HEAD + "[model.credit.graph.nodes]\n" + OWN + FOREST + BLEND)
    with pytest.raises(InvalidDefinitions) as refused:
        compiling.compile_all(tmp_path)
    [mistake] = refused.value.mistakes
    assert mistake.message.startswith("[model.credit_forest] inputs: 'contry'")
