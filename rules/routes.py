"""One route of a policy as SQL: its figures put into rules/sql/4_route.sql, where they are constants that cost nothing a person."""

from __future__ import annotations

from collections.abc import Mapping


def route_sql(template: str, route: Mapping[str, object]) -> str:
    """``template`` with the figures of ``route`` (a row of the table ``routes``, rules/compile.py)."""
    words = {name: str(value) for name, value in route.items() if not isinstance(value, list)}
    for part in (_in_play, _credential, _start, _tenure, _verdict):
        words |= part(route)
    for name, text in words.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def _in_play(route: Mapping[str, object]) -> dict[str, str]:
    """Who holds what the route needs: the honour, or the level (and the other track's); or has no title, as a professional."""
    if route["honour_list"] is not None:
        holds = f"(lists >> {route['honour_list']}) & 1 = 1"
    else:
        holds = f"own_rank BETWEEN {route['need_rank']} AND {route['most_rank']}"
        if route["need_other"] is not None:
            holds += f" AND held_rank >= {route['need_other']}"
        if route["or_no_title"]:
            holds = f"({holds}) OR (own_rank = 0 AND {_among('person_category', route['professionals'])})"
    return {"table": route["direction"].replace("-", "_"), "in_play": holds}


def _credential(route: Mapping[str, object]) -> dict[str, str]:
    """The credential's date: of those of the rank needed or above the earliest that is known, or the present one's, or the certificate's."""
    made = {}
    for end in ("lo", "hi"):
        if route["own_certificate"]:
            made[f"credential_{end}"] = f"certificate_{end}"
        elif route["earliest"] and route["need_rank"] is not None:
            need = route["need_rank"]
            dates = [f"CASE WHEN own_rank >= {need} THEN main_{end} END"]
            dates += [f"CASE WHEN own_rank >= {rank} THEN at_{rank}_{end} END" for rank in range(max(need, 2), 6)]
            made[f"credential_{end}"] = f"least({', '.join(dates)})"
        else:
            made[f"credential_{end}"] = "NULL::DATE" if route["earliest"] else f"main_{end}"
    return made


def _start(route: Mapping[str, object]) -> dict[str, str]:
    """When the years begin: with the credential, or with the later start of related work where the roster gives one (五（一）)."""
    if not route["related_work"]:
        return {"from_work": "false", "start_lo": "credential_lo", "start_hi": "credential_hi"}
    started = {
        f"start_{end}": f"CASE WHEN NOT from_work THEN credential_{end}"
        f" WHEN credential_{end} IS NOT NULL AND work_start_{end} IS NOT NULL THEN greatest(credential_{end}, work_start_{end}) END"
        for end in ("lo", "hi")
    }
    return {"from_work": "work_start_state <> 'blank'", **started}


def _tenure(route: Mapping[str, object]) -> dict[str, str]:
    """The months asked for, those away added, and whether they are full on the as-of day."""
    months = route["years"] * 12
    ends = {"latest": ("start_hi", "start_hi"), "earliest": ("start_lo", "start_lo")}.get(route["partial_dates"], ("start_lo", "start_hi"))
    made = {
        "months": f"{months} + away_months" if route["interruptions"] else str(months),
        "ready_from_lo": ends[0],
        "ready_from_hi": ends[1],
    }
    if not route["years"]:
        return made | {"tenure_not_met": "0", "tenure_unknown": "0", "ready_on": "NULL::DATE", "tenure_settings": "0"}
    day = "getvariable('as_of')"
    changed = ["0" if route["own_certificate"] else "CASE WHEN credential_lo IS DISTINCT FROM main_lo THEN 2 ELSE 0 END"]
    changed += ["CASE WHEN from_work AND start_lo IS DISTINCT FROM credential_lo THEN 4 ELSE 0 END"] if route["related_work"] else []
    changed += ["CASE WHEN away_months IS DISTINCT FROM 0 THEN 8 ELSE 0 END"] if route["interruptions"] else []
    changed += ["CASE WHEN start_lo <> start_hi THEN 16 ELSE 0 END"]
    return made | {
        "tenure_not_met": f"CASE WHEN {day} >= ready_hi THEN 0 WHEN {day} < ready_lo THEN 256 ELSE 0 END",
        "tenure_unknown": f"CASE WHEN {day} >= ready_hi OR {day} < ready_lo THEN 0 ELSE 256 END",
        "ready_on": "ready_hi",
        "tenure_settings": " | ".join(changed),
    }


def _verdict(route: Mapping[str, object]) -> dict[str, str]:
    """The target, the post, the outcome where all is met, and the notes and settings that the route itself brings."""
    skilled = route["direction"] == "skill-to-title"
    settings = (512 if skilled else 1024) | (32 + 64 + 128 + 256 if route["conditions"] & 64 else 0)
    settings |= 2048 + 4096 if route["honour_list"] is not None else 0
    target = "NULL::INTEGER" if route["target_rank"] is None else str(route["target_rank"])
    rule, asked = route["rule_no"], route["conditions"] & 64
    failed, passed = f"coalesce(failed_{rule}, 0)", f"coalesce(passed_{rule}, 0)"
    related = "CASE WHEN title_related THEN 0 ELSE 512 END" if route["relation"] else "0"
    return {
        "aim": f"least(held_rank + 1, {route['highest_rank']})" if route["target_next"] else target,
        "post_not_met": f"CASE WHEN post IS NULL OR {_among('post', route['posts'])} THEN 0 ELSE 4 END",
        "assessments_not_met": f"CASE WHEN {failed} > 0 THEN 64 ELSE 0 END" if asked else "0",
        "assessments_unknown": f"CASE WHEN {failed} = 0 AND {passed} < {route['assessment_years']} THEN 64 ELSE 0 END" if asked else "0",
        "good": "1" if route["refers"] else "0",
        "settings": str(settings),
        "need_rank_or_none": "NULL" if route["need_rank"] is None else str(route["need_rank"]),
        "no_title_settings": "CASE WHEN own_rank = 0 THEN 8192 ELSE 0 END" if route["or_no_title"] else "0",
        "notes": related if skilled else f"{related} | study_note",
    }


def _among(column: str, words: list[str]) -> str:
    quoted = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    return f"{column} IN ({quoted})" if words else "false"
