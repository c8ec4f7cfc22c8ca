"""The answers that hold the reader of panels (`tests/glance/`) are still what `@grafana/data` says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.glance.asking import AGAIN, FOLDER, ask, kept
from tests.glance.questions import asked, questions

ROOT = Path(__file__).parents[2]
IN_THE_APPLICATION = {
    "configFromData", "extractFields", "fieldLookup", "heatmap", "joinByLabels", "partitionByValues",
    "prepareTimeSeries", "regression", "rowsToFields", "smoothing", "spatial", "timeSeriesTable",
}  # fmt: skip
UNNAMED = {"useTimezone"}
#: The package's name of the options, for the transformations whose options are one interface of its own.
INTERFACES = {
    "ConcatenateTransformerOptions": "concatenate",
    "ConvertFieldTypeTransformerOptions": "convertFieldType",
    "FilterByValueTransformerOptions": "filterByValue",
    "FilterFieldsByNameTransformerOptions": "filterFieldsByName",
    "FormatStringTransformerOptions": "formatString",
    "FormatTimeTransformerOptions": "formatTime",
    "GroupByTransformerOptions": "groupBy",
    "GroupToNestedTableTransformerOptions": "groupToNestedTable",
    "GroupingToMatrixTransformerOptions": "groupingToMatrix",
    "HistogramTransformerOptions": "histogram",
    "JoinByFieldOptions": "joinByField",
    "LabelsToFieldsOptions": "labelsToFields",
    "LimitTransformerOptions": "limit",
    "OrderFieldsTransformerOptions": "organize",
    "OrganizeFieldsTransformerOptions": "organize",
    "ReduceTransformerOptions": "reduce",
    "RenameByRegexTransformerOptions": "renameByRegex",
    "RenameFieldsTransformerOptions": "organize",
    "SortByTransformerOptions": "sortBy",
    "TransposeTransformerOptions": "transpose",
    "CalculateFieldTransformerOptions": "calculateField",
}


def test_grafana_still_says_what_is_kept() -> None:
    wrong = [
        (asked(question), now, before)
        for question, now, before in zip(questions(), ask(), kept(), strict=True)
        if now != before
    ]
    assert not wrong, f"{len(wrong)} answers are others now ({AGAIN}), the first: {wrong[0]}"


def test_every_transformation_of_the_package_has_its_options() -> None:
    ask()  # which installs it
    types = FOLDER / "node_modules/@grafana/data/dist/types/transformations/transformers"
    known = json.loads((ROOT / "dashlib/declare/transformations.json").read_text(encoding="utf-8"))["transformations"]
    ids = re.findall(r'= "(\w+)"', (types / "ids.d.ts").read_text(encoding="utf-8"))
    assert set(ids) == set(known)
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(types.glob("*.d.ts")))
    for id_, options in known.items():
        # Those of the application itself, and two that the package takes and does not name.
        if id_ not in IN_THE_APPLICATION:
            missing = [name for name in options if not re.search(rf"\b{name}\??: ", text) and name not in UNNAMED]
            assert not missing, (id_, missing)
    interfaces = dict(re.findall(r"interface (\w+Options)(?: extends [^{]+)? \{([^}]*)\}", text))
    for name, id_ in INTERFACES.items():
        assert set(re.findall(r"^    (\w+)\??: ", interfaces[name], re.MULTILINE)) <= set(known[id_]), id_
