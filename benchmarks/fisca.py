"""The routes with years as an OpenFisca tax and benefit system: one entity, inputs per person, two variables a route."""

from __future__ import annotations

import datetime as dt

import engines
import numpy as np
import pandas as pd
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERSON = build_entity(key="person", plural="persons", label="Person", is_person=True)
_FAR = np.datetime64("9999-12-31", "D")  # OpenFisca's vectors have no missing dates


def _variable(name: str, kind: type, formula: object = None) -> type:
    body = {"value_type": kind, "entity": PERSON, "definition_period": DateUnit.MONTH if formula else DateUnit.ETERNITY, "label": name}
    return type(name, (Variable,), body | ({"formula": formula} if formula else {}))


def _held(route: engines.Tenure) -> object:
    def formula(person, period):
        return np.logical_and.reduce([person(name, period) >= rank for name, rank in route.needs])

    return formula


def _full(route: engines.Tenure) -> object:
    def formula(person, period):
        since = np.minimum.reduce([person(name, period) for name in engines.columns(route)])
        return person(f"held_{route.route_no}", period) & (later(since, route.years) <= np.datetime64(engines.AS_OF))

    return formula


def later(days: np.ndarray, years: int) -> np.ndarray:
    """The corresponding day some years later; where that month has no such day, its last."""
    months = days.astype("datetime64[M]")
    there = months + 12 * years
    return np.minimum(there.astype("datetime64[D]") + (days - months.astype("datetime64[D]")), (there + 1).astype("datetime64[D]") - 1)


def simulation(people: pd.DataFrame) -> Simulation:
    """A simulation that holds the people's ranks and dates."""
    system = TaxBenefitSystem([PERSON])
    inputs = {name: dt.date if name.endswith("_hi") else int for name in engines.COLUMNS[1:]}
    system.add_variables(*[_variable(name, kind) for name, kind in inputs.items()])
    for route in (*engines.ROUTES, engines.PROMOTION):
        held = _variable(f"held_{route.route_no}", bool, _held(route))
        system.add_variables(held, _variable(f"full_{route.route_no}", bool, _full(route)))
    made = SimulationBuilder().build_default_simulation(system, count=len(people))
    for name, kind in inputs.items():
        column = people[name].fillna(0).to_numpy("int64") if kind is int else people[name].to_numpy("datetime64[D]")
        made.set_input(name, "eternity", np.where(np.isnat(column), _FAR, column) if kind is dt.date else column)
    return made
