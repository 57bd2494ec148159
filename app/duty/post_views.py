"""The pages of offices and posts: the chart, and for who looks after posts their names, offices and terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.auth import requires
from app.db import db, now, tenant, transaction
from app.duty import posts, staffing
from app.duty.reading import read_roster
from app.duty.rules import Post as RosterPost
from app.duty.rules import Roster
from app.duty.views import blueprint, instant, rungs, words
from app.people.models import Group, Post
from app.people.queries import all_memberships, group_names, known_people


@blueprint.get("/chart")
@requires("inbox")
def chart() -> ResponseReturnValue:
    """Draw offices, villages and roles as a tree, with head, members and posts, and who is away now."""
    at = now()
    roster, called = read_roster(db.session, tenant(), at), posts.post_names(db.session, tenant(), at)
    groups = db.session.scalars(select(Group).where(Group.tenant == tenant()).order_by(Group.order, Group.id)).all()
    people: dict[str, list[str]] = {}
    for login, belongs in all_memberships(db.session, tenant(), at).items():
        for group_id in belongs:
            people.setdefault(group_id, []).append(login)
    branches: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds_of_groups()}
    for group in (each for each in groups if "inbox" in each.permissions):
        held = [_held(post, called[post.id], roster, at) for post in roster.posts
                if post.group == group.id and post.id in called]
        is_away = group.leader is not None and roster.is_away(group.leader, at)
        row = {"group": group, "members": people.get(group.id, ()), "posts": held, "is_head_away": is_away}
        branches[group.kind].append(row)
    return render_template(
        "duty/chart.html", branches=[(kind, rows) for kind, rows in branches.items() if rows], rungs=rungs(),
        kinds_of_groups=kinds_of_groups(), **words(),
    )


def _held(post: RosterPost, name: str, roster: Roster, at: datetime) -> dict[str, Any]:
    a, b = post.held_by("A", at), post.held_by("B", at)
    return {
        "id": post.id, "name": name, "a": a, "b": b, "hold": posts.holds_at(post, at, roster),
        "is_a_away": a is not None and roster.is_away(a, at), "is_b_away": b is not None and roster.is_away(b, at),
    }  # fmt: skip


def kinds_of_groups() -> dict[str, str]:
    """Return what the kinds of groups are called, in the order in which they are shown."""
    return {"role": _("Leaders and duties"), "office": _("Offices"), "village": _("Villages")}


@blueprint.get("/posts")
@requires("duty")
def all_posts() -> ResponseReturnValue:
    """List the posts, those that have ended last, and ask for a new one."""
    at = now()
    alive = posts.post_names(db.session, tenant(), at)
    roster = {post.id: post for post in read_roster(db.session, tenant(), at).posts if post.id in alive}
    rows = db.session.scalars(select(Post).where(Post.tenant == tenant()).order_by(Post.order, Post.id)).all()
    return render_template(
        "duty/posts.html", rows=sorted(rows, key=lambda row: row.valid_to is not None), roster=roster, at=at,
        groups=group_names(db.session, tenant()), **words(),
    )  # fmt: skip


@blueprint.post("/posts")
@requires("duty")
def found() -> ResponseReturnValue:
    """Found a post."""
    with transaction():
        post_id, form = request.form.get("id", "").strip(), request.form
        staffing.found(
            db.session(), tenant(), post_id, form.get("name", "").strip(), form.get("group", ""), _excluded()
        )
    flash(_("The post is there. Appoint its A and B."))
    return redirect(url_for("duty.post", post_id=post_id))


@blueprint.get("/posts/<post_id>")
@requires("duty")
def post(post_id: str) -> ResponseReturnValue:
    """Show a post with its terms, and what may be changed of it."""
    row = db.session.get(Post, (tenant(), post_id))
    if row is None:
        raise staffing.PostNotFound(f"there is no post {post_id}")
    return render_template(
        "duty/post.html", post=row, terms=staffing.terms_of(db.session(), tenant(), post_id), at=now(),
        is_over=row.valid_to is not None and row.valid_to <= now(), groups=group_names(db.session, tenant()),
        logins=sorted(known_people(db.session, tenant(), "user")), **words(),
    )  # fmt: skip


@blueprint.post("/posts/<post_id>")
@requires("duty")
def appoint(post_id: str) -> ResponseReturnValue:
    """Let somebody be A or B of a post, from now or an instant to come, for good or until another."""
    with transaction():
        form = request.form
        begins = instant("begins") if form.get("begins") else None
        ends = instant("ends") if form.get("ends") else None
        staffing.appoint(
            db.session(), tenant(), post_id, form.get("part", ""), form.get("login", ""), at=now(), begins=begins,
            ends=ends,
        )
    flash(_("The appointment is kept; who held the post before stays known."))
    return redirect(url_for("duty.post", post_id=post_id))


@blueprint.post("/posts/<post_id>/change")
@requires("duty")
def change_post(post_id: str) -> ResponseReturnValue:
    """Rename a post, or move it to another office."""
    with transaction():
        name, group = request.form.get("name", "").strip(), request.form.get("group", "")
        staffing.change(db.session(), tenant(), post_id, name, group, _excluded(), at=now())
    flash(_("The post is changed. Running cases go on as they are."))
    return redirect(url_for("duty.post", post_id=post_id))


@blueprint.post("/posts/<post_id>/end")
@requires("duty")
def end_post(post_id: str) -> ResponseReturnValue:
    """End a post and all its terms."""
    with transaction():
        staffing.end(db.session(), tenant(), post_id, at=now())
    flash(_("The post has ended. Who held it stays known."))
    return redirect(url_for("duty.all_posts"))


@blueprint.post("/posts/<post_id>/terms/end")
@requires("duty")
def end_term(post_id: str) -> ResponseReturnValue:
    """End somebody's term now, or take it back before it begins."""
    try:
        begins = datetime.fromisoformat(request.form.get("begins", ""))
    except ValueError:
        raise staffing.PostNotFound(f"post {post_id} has no such term") from None
    with transaction():
        staffing.end_term(db.session(), tenant(), post_id, request.form.get("part", ""), begins, at=now())
    flash(_("The term is over."))
    return redirect(url_for("duty.post", post_id=post_id))


def _excluded() -> list[str]:
    return request.form.get("excluded", "").split()
