"""Triggers that keep the history append-only, and open tasks searchable when their candidates change.

Rows of `task_candidate` come and go with their tasks by the store's own hand: a step's are known without a trigger.
"""

SQLITE = (
    """
CREATE TRIGGER history_is_only_erased BEFORE UPDATE ON history
WHEN (NEW.tenant, NEW.instance_id, NEW.first_event, NEW.last_event, NEW.hash, NEW.record)
        <> (OLD.tenant, OLD.instance_id, OLD.first_event, OLD.last_event, OLD.hash, OLD.record)
    OR OLD.erasable IS NULL OR NEW.erasable IS NULL OR NEW.erasable = OLD.erasable
    OR json_array_length(NEW.erasable) <> json_array_length(OLD.erasable)
    OR EXISTS (
        SELECT 1 FROM json_each(OLD.erasable) AS was JOIN json_each(NEW.erasable) AS now ON now.key = was.key
        WHERE now.value <> was.value AND NOT (
            json_array_length(now.value) = 5
            AND json_extract(now.value, '$[0]') = json_extract(was.value, '$[0]')
            AND json_extract(now.value, '$[1]') = json_extract(was.value, '$[1]')
            AND json_extract(now.value, '$[2]') = '' AND json_type(now.value, '$[3]') = 'null'
            AND json_type(now.value, '$[4]') = 'text' AND json_type(was.value, '$[4]') = 'null'
        )
    )
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER history_is_kept BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER task_candidates_change AFTER UPDATE ON task
WHEN OLD.candidates <> NEW.candidates
BEGIN
    DELETE FROM task_candidate WHERE (name, kind, tenant, task_id) IN (
        SELECT json_extract(value, '$[1]'), json_extract(value, '$[0]'), OLD.tenant, OLD.id
        FROM json_each(OLD.candidates)
    );
    INSERT OR IGNORE INTO task_candidate (tenant, task_id, kind, name)
    SELECT NEW.tenant, NEW.id, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(NEW.candidates)
    WHERE NEW.status = 'open';
END
""",
)

POSTGRESQL = (
    """
CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation'; END $$
""",
    """
CREATE FUNCTION let_history_only_be_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.tenant, NEW.instance_id, NEW.first_event, NEW.last_event, NEW.hash, NEW.record)
            <> (OLD.tenant, OLD.instance_id, OLD.first_event, OLD.last_event, OLD.hash, OLD.record)
        OR OLD.erasable IS NULL OR NEW.erasable IS NULL OR NEW.erasable = OLD.erasable
        OR jsonb_array_length(NEW.erasable::jsonb) <> jsonb_array_length(OLD.erasable::jsonb)
        OR EXISTS (
            SELECT 1 FROM jsonb_array_elements(OLD.erasable::jsonb) WITH ORDINALITY AS was (value, at)
            JOIN jsonb_array_elements(NEW.erasable::jsonb) WITH ORDINALITY AS now (value, at) USING (at)
            WHERE now.value <> was.value AND NOT (
                now.value = jsonb_build_array(was.value->0, was.value->1, '', NULL, now.value->4)
                AND jsonb_typeof(now.value->4) = 'string' AND was.value->4 = 'null'::jsonb
            )
        )
    THEN
        RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER history_is_only_erased BEFORE UPDATE ON history
FOR EACH ROW EXECUTE FUNCTION let_history_only_be_erased()
""",
    """
CREATE TRIGGER history_is_kept BEFORE DELETE ON history
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON history
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE FUNCTION keep_task_candidates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM task_candidate AS kept USING jsonb_array_elements(OLD.candidates::jsonb) AS one
    WHERE kept.name = one->>1 AND kept.kind = one->>0 AND kept.tenant = NEW.tenant AND kept.task_id = NEW.id;
    IF NEW.status = 'open' THEN
        INSERT INTO task_candidate (tenant, task_id, kind, name)
        SELECT NEW.tenant, NEW.id, one->>0, one->>1 FROM jsonb_array_elements(NEW.candidates::jsonb) AS one
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER task_candidates_change AFTER UPDATE ON task FOR EACH ROW
WHEN (OLD.candidates <> NEW.candidates) EXECUTE FUNCTION keep_task_candidates()
""",
)


__all__ = ["POSTGRESQL", "SQLITE"]
