"""The pages of offices and posts: the chart, and for who looks after posts their names, offices and terms."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.auth import requires
from app.db import db, now, tenant, transaction
from app.duty import posts, staffing
from app.duty.reading import read_roster
from app.duty.views import blueprint, instant, words
from app.people.models import Group, Post
from app.people.queries import all_memberships, group_names, known_people


@blueprint.get("/chart")
@requires("inbox")
def chart() -> ResponseReturnValue:
    """Show offices, villages and roles with head, members and posts."""
    at = now()
    roster, held = read_roster(db.session, tenant(), at), posts.post_names(db.session, tenant(), at)
    groups = db.session.scalars(select(Group).where(Group.tenant == tenant()).order_by(Group.order, Group.id)).all()
    people: dict[str, list[str]] = {}
    for login, belongs in all_memberships(db.session, tenant(), at).items():
        for group in belongs:
            people.setdefault(group, []).append(login)
    rows = [
        {"group": group, "members": people.get(group.id, ()),
         "posts": [(post, held[post.id]) for post in roster.posts if post.group == group.id and post.id in held]}
        for group in groups if "inbox" in group.permissions
    ]  # fmt: skip
    return render_template("duty/chart.html", rows=rows, at=at, **words())


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
