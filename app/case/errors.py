"""The app's errors about cases: one root, one class a meaning, a stable code for each."""

from __future__ import annotations


class CaseError(Exception):
    """Something about a case is refused. The docstring of the class is its default meaning.

    `code` is stable and may be matched by programs; the message names the thing and its id, never personal data.
    """

    code = "case_error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n")[0])


class CaseNotFound(CaseError):
    """There is no such case, or the reader may not know of it."""

    code = "case_not_found"


class NumberPatternInvalid(CaseError):
    """The pattern gives no case number."""

    code = "number_pattern_invalid"


class NumberValueInvalid(CaseError):
    """A variable that stands in the case number is missing, or is not fit to stand in one."""

    code = "number_value_invalid"


class RegisterInvalid(CaseError):
    """The process declares its register wrongly, or not at all."""

    code = "register_invalid"


class CaseNotNumbered(CaseError):
    """A process with a register was started by an engine that gives no case numbers."""

    code = "case_not_numbered"


class CaseValueInvalid(CaseError):
    """A variable that the register shows has no value that it could show."""

    code = "case_value_invalid"


class OriginInvalid(CaseValueInvalid):
    """The case that a new one is to grow out of is none, or none that whoever starts it may read.

    `errors` tells a form which of its fields it is, and why: `no_such_case`, or `grew_out_of_this` for a circle.
    """

    code = "case_origin_invalid"

    def __init__(self, message: str, field: str, reason: str) -> None:
        super().__init__(message)
        self.errors = {field: [{"code": reason}]}


class LinkRefused(CaseError):
    """There is no other case with this number that the reader may read."""

    code = "case_link_refused"


class LinkNotFound(CaseError):
    """The case has no such link, or not one that people may change."""

    code = "case_link_not_found"


class CaseDuplicate(CaseError):
    """Another case has what must be unique, or was registered before.

    `instance_id` is the other's; `may_go_on` whether a reason lets this one be registered all the same.
    """

    code = "case_duplicate"

    def __init__(self, process_key: str, instance_id: str, *, may_go_on: bool) -> None:
        super().__init__(f"another case of {process_key} has the same key")
        self.instance_id, self.may_go_on = instance_id, may_go_on


class VoidingRefused(CaseError):
    """The reader is in none of the groups that may void cases of this process."""

    code = "voiding_refused"


class ChoosingRefused(CaseError):
    """The reader neither looks after the case nor works on it, and so does not choose what is started in it."""

    code = "choosing_refused"


class VoidReasonMissing(CaseError):
    """A case is voided with a reason."""

    code = "void_reason_missing"


class CursorInvalid(CaseError):
    """The mark of a page's place cannot be read."""

    code = "cursor_invalid"


class FilterRefused(CaseError):
    """The filter cannot be kept under this name, or not be shared so."""

    code = "filter_refused"


class FilterNotFound(CaseError):
    """There is no such filter, or it is somebody else's."""

    code = "filter_not_found"


class ExportTooLarge(CaseError):
    """A file of this kind cannot hold so many cases."""

    code = "export_too_large"


class CommentRefused(CaseError):
    """The comment is empty or too long."""

    code = "comment_refused"


class CaseTakesNoComments(CommentRefused):
    """The case is one whose matter is not kept here, so that nothing is said of it. `reason` is its process's."""

    code = "case_takes_no_comments"

    def __init__(self, instance_id: str, reason: str = "") -> None:
        super().__init__(f"case {instance_id} takes no comments")
        self.reason = reason


class RevealRefused(CaseError):
    """The reader may not have this case's masked values shown."""

    code = "reveal_refused"


class NothingToReveal(CaseError):
    """The case has no masked value of this name."""

    code = "nothing_to_reveal"


class RevealReasonRefused(CaseError):
    """A masked value is shown for a reason that says something."""

    code = "reveal_reason_refused"


class TooManyReveals(CaseError):
    """The reader has had as many masked values shown today as are allowed."""

    code = "too_many_reveals"


class PrintTooLong(CaseError):
    """There are more cases than are printed at once."""

    code = "print_too_long"


class AttachmentRefused(CaseError):
    """The file cannot be attached. `file` is what its sender calls it: for the sender alone, and in no message."""

    code = "attachment_refused"

    def __init__(self, message: str = "", file: str = "") -> None:
        super().__init__(message)
        self.file = file


class CaseTakesNoFiles(AttachmentRefused):
    """The case is one whose process lets no files be uploaded. `reason` is what the process says about it."""

    code = "case_takes_no_files"

    def __init__(self, instance_id: str, reason: str = "") -> None:
        super().__init__(f"case {instance_id} takes no files")
        self.reason = reason


class AttachmentInfected(AttachmentRefused):
    """The virus scanner found something in the file."""

    code = "attachment_infected"


class ScannerUnavailable(AttachmentRefused):
    """The virus scanner gave no answer, so that nothing can be uploaded."""

    code = "scanner_unavailable"


class AttachmentTooLarge(AttachmentRefused):
    """The file is larger than is allowed."""

    code = "attachment_too_large"


class TooManyAttachments(AttachmentRefused):
    """The case has as many attachments as are allowed."""

    code = "too_many_attachments"


class AttachmentTypeRefused(AttachmentRefused):
    """The file's content is of no accepted type, or not of the type that its name says."""

    code = "attachment_type_refused"


class AttachmentNotFound(CaseError):
    """There is no such attachment."""

    code = "attachment_not_found"
