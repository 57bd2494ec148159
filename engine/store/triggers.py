"""Triggers that keep the history append-only and the candidates of open tasks searchable."""

SQLITE = (
    """
CREATE TRIGGER event_is_kept_as_it_is BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER event_value_is_only_erased BEFORE UPDATE ON event_value
WHEN NEW.value IS NOT NULL OR NEW.erased_at IS NULL OR NEW.salt <> '' OR OLD.erased_at IS NOT NULL
    OR (NEW.tenant, NEW.instance_id, NEW.number, NEW.name) <> (OLD.tenant, OLD.instance_id, OLD.number, OLD.name)
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER event_value_is_kept BEFORE DELETE ON event_value
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END
""",
    """
CREATE TRIGGER task_opens AFTER INSERT ON task
WHEN NEW.status = 'open' AND NEW.candidates <> '[]'
BEGIN
    INSERT OR IGNORE INTO task_candidate (tenant, task_id, kind, name)
    SELECT NEW.tenant, NEW.id, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(NEW.candidates);
END
""",
    """
CREATE TRIGGER task_changes AFTER UPDATE ON task
WHEN OLD.status <> NEW.status OR OLD.candidates <> NEW.candidates
BEGIN
    DELETE FROM task_candidate WHERE tenant = NEW.tenant AND task_id = NEW.id;
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
CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_is_not_emptied BEFORE TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_value_is_only_erased BEFORE UPDATE ON event_value FOR EACH ROW
WHEN (NEW.value IS NOT NULL OR NEW.erased_at IS NULL OR NEW.salt <> '' OR OLD.erased_at IS NOT NULL
    OR (NEW.tenant, NEW.instance_id, NEW.number, NEW.name) <> (OLD.tenant, OLD.instance_id, OLD.number, OLD.name))
EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_value_is_kept BEFORE DELETE ON event_value
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE TRIGGER event_value_is_not_emptied BEFORE TRUNCATE ON event_value
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
""",
    """
CREATE FUNCTION keep_task_candidates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM task_candidate WHERE tenant = NEW.tenant AND task_id = NEW.id;
    END IF;
    IF NEW.status = 'open' AND NEW.candidates <> '[]' THEN
        INSERT INTO task_candidate (tenant, task_id, kind, name)
        SELECT NEW.tenant, NEW.id, one->>0, one->>1 FROM jsonb_array_elements(NEW.candidates::jsonb) AS one
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER task_opens AFTER INSERT ON task FOR EACH ROW
WHEN (NEW.status = 'open' AND NEW.candidates <> '[]') EXECUTE FUNCTION keep_task_candidates()
""",
    """
CREATE TRIGGER task_changes AFTER UPDATE ON task FOR EACH ROW
WHEN (OLD.status <> NEW.status OR OLD.candidates <> NEW.candidates) EXECUTE FUNCTION keep_task_candidates()
""",
)


__all__ = ["POSTGRESQL", "SQLITE"]
