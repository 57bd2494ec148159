"""What failures are called in plain words: a title and what to do, by status or by the error's stable code."""

from __future__ import annotations

from app.i18n import N_

# What happened and what to do: by the error's code, else by the status.
TEXTS: dict[str | int, tuple[str, str]] = {
    400: (N_("This request cannot be understood"), N_("Go back, check what you entered, and try again.")),
    401: (N_("Please sign in"), N_("Your session has ended. What you typed is kept until you have signed in again.")),
    403: (
        N_("You may not do this"),
        N_("Your groups do not include it. If you need it, ask the system administrator."),
    ),
    404: (
        N_("There is no such page"),
        N_("It may have been finished or moved. Search for it, or go back to the start."),
    ),
    405: (N_("This cannot be done here"), N_("Go back and use the buttons of the page.")),
    409: (
        N_("Somebody was faster"),
        N_("The matter has changed since you opened the page. Open it again to see how it stands."),
    ),
    413: (N_("This is too large"), N_("Send at most %(megabytes)s MB at once: fewer or smaller files.")),
    415: (N_("This kind of content is not accepted"), N_("Go back and use the buttons of the page.")),
    422: (N_("Something is missing or wrong"), N_("Go back, correct what is marked, and send it again.")),
    429: (N_("Too many attempts"), N_("Wait a while, then try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was changed. Try again; if it happens again, tell the administrator the time."),
    ),
    503: (
        N_("The system is not available for the moment"),
        N_("Nothing was changed. Wait a minute, then try again."),
    ),
    "csrf": (
        N_("This page is no longer valid"),
        N_(
            "It was opened before you last signed in, or the request came from elsewhere. Nothing was "
            "changed. Open the page again; what you typed stands below to be copied."
        ),
    ),
    "task_not_open": (
        N_("This task is done already"),
        N_("Nothing was changed. Open the case to see how it went on."),
    ),
    "activity_not_startable": (
        N_("This cannot be begun now"),
        N_("Nothing was changed. Open the case to see how it went on."),
    ),
    "already_claimed": (
        N_("Somebody else has taken this task"),
        N_("Nothing was changed. Choose another task, or speak with that person."),
    ),
    "not_your_task": (N_("This task is not yours"), N_("It belongs to other people or groups.")),
    "separation_of_duties": (
        N_("This step needs somebody else"),
        N_("Who did an earlier step of this case may not do this one."),
    ),
    "concurrent_change": (
        N_("Somebody changed this at the same moment"),
        N_("Nothing of yours was changed. Try again."),
    ),
    "number_value_invalid": (
        N_("The case cannot be numbered"),
        N_("What its number is made of was not entered, or cannot stand in a number. Nothing was saved."),
    ),
    "attachment_refused": (
        N_("The file cannot be attached"),
        N_("It is empty, its name has no ending, or the case has this very file already. Nothing was saved."),
    ),
    "attachment_type_refused": (
        N_("This kind of file is not accepted"),
        N_(
            "Accepted are PDF, OFD, Word, Excel, pictures and plain text, if the name ends as the content is. "
            "Nothing was saved."
        ),
    ),
    "attachment_too_large": (
        N_("The file is too large"), N_("A file may have at most %(file_megabytes)s MB. Nothing was saved."),
    ),
    "too_many_attachments": (
        N_("The case has as many files as it may"), N_("A case may have at most %(files)s files. Nothing was saved."),
    ),
    "attachment_infected": (
        N_("The file may do harm"),
        N_("The virus scanner found something in it. Nothing was saved; tell whoever sent the file."),
    ),
    "scanner_unavailable": (
        N_("No file can be attached now"),
        N_("The virus scanner gives no answer. Nothing was saved; try again later, or tell the administrator."),
    ),
    "case_takes_no_files": (
        N_("No file may be attached to this case"),
        N_("The process does not allow it for this matter. Nothing was saved."),
    ),
    "case_duplicate": (N_("This is registered already"), N_("Nothing was saved.")),
    "voiding_refused": (N_("You may not void this case"), N_("Ask those who keep the register. Nothing was changed.")),
    "choosing_refused": (
        N_("What is started in this case is not for you to choose"),
        N_("Those who keep the register, the case's units and whoever has a task of it choose. Nothing was changed."),
    ),
    "void_reason_missing": (N_("A reason is needed"), N_("It has 1 to 500 characters. Nothing was changed.")),
    "deployment_refused": (
        N_("These files cannot be deployed"),
        N_("Nothing was deployed. Correct what is found and deploy all of them again."),
    ),
    "case_origin_invalid": (
        N_("The case cannot grow out of that one"),
        N_("Check the number of the origin: you can name any other case that you may read. Nothing was saved."),
    ),
    "case_link_refused": (
        N_("The cases cannot be linked"),
        N_("Check the number: there is no other case with it that you may read. Nothing was changed."),
    ),
    "filter_refused": (
        N_("The filter cannot be kept"),
        N_(
            "Its name has 1 to 40 characters and is not that of another filter of yours; you keep at most 50 of a "
            "register, and share them with your own groups or with everyone. Nothing was changed."
        ),
    ),
    "export_too_large": (
        N_("Too many cases for an Excel file"),
        N_("A sheet has 1,048,576 rows. Narrow the register, or take it out as CSV. Nothing was taken out."),
    ),
    "case_takes_no_comments": (
        N_("Nothing may be said of this case"),
        N_("The process does not allow it for this matter. Nothing was saved."),
    ),
    "comment_refused": (N_("The comment cannot be kept"), N_("A comment has 1 to 4000 characters.")),
    "print_too_long": (
        N_("These are too many cases to print"),
        N_("At most 1000 are printed at once. Narrow the register down by its filters, or export it."),
    ),
    "reveal_refused": (
        N_("You may not have this shown"),
        N_("It is shown to groups that the process names, and to those who work on the case. Nothing was recorded."),
    ),
    "nothing_to_reveal": (
        N_("There is nothing masked here"),
        N_("The case has no such value, or you see it already. Open the case again."),
    ),
    "reveal_reason_refused": (
        N_("Please give a reason"), N_("It has at least %(reason)s and at most 200 characters. Nothing was shown."),
    ),
    "too_many_reveals": (
        N_("You have had too much shown today"),
        N_(
            "One person may have %(reveals)s masked values shown a day. Tomorrow you may again; if your work needs "
            "more, ask the system administrator to raise the limit."
        ),
    ),
    "absence_invalid": (
        N_("This absence cannot be entered"),
        N_(
            "Choose a person and a kind; it ends after its beginning, and not in the past. A note has at most 500 "
            "characters."
        ),
    ),
    "absence_overlaps": (
        N_("This person is away at that time already"), N_("Change or end the other absence first. Nothing was saved."),
    ),
    "both_away": (
        N_("A and B of a post would be away together"),
        N_("Choose another time, or ask the office, which can let both go. Nothing was saved."),
    ),
    "absence_over": (N_("This absence is over"), N_("It can no longer be changed. Nothing was saved.")),
    "post_not_held": (
        N_("There is nothing to hand over"), N_("At that time this person is the A of no post that has a B."),
    ),
    "handover_closed": (
        N_("This is settled already"), N_("An accepted hand-over and a given report no longer change."),
    ),
    "handover_text_refused": (N_("The text cannot be kept"), N_("It has 1 to 4000 characters.")),
    "appointment_refused": (
        N_("This appointment cannot be kept"),
        N_("Choose somebody who works here; it begins now or later, and ends after that. Nothing was changed."),
    ),
    "term_overlaps": (
        N_("The terms overlap"),
        N_("Somebody is appointed for a time of that already. End that term first. Nothing was changed."),
    ),
    "post_over": (N_("This post has ended"), N_("What has ended is history. Nothing was changed.")),
    "post_taken": (N_("This short name is taken"), N_("Choose another one; an ended post keeps its own.")),
    "post_invalid": (
        N_("The post cannot be so"),
        N_(
            "A short name has 2 to 40 small letters, digits and _, a name 1 to 40 characters; choose an office; "
            "excluded tasks are written as process/element. Nothing was saved."
        ),
    ),
    "a_is_b": (
        N_("A and B are different people"), N_("Whoever is A cannot be B of the same post. Nothing was changed."),
    ),
    "cursor_invalid": (N_("There is no such place in the list"), N_("Open the list again from its beginning.")),
    "job_not_found": (
        N_("This job is no longer waiting"),
        N_("It has run, or what it belonged to has ended. Open the list again."),
    ),
    "form_invalid": (N_("Something is missing or wrong"), N_("Correct what is marked and send it again.")),
    "store_unavailable": (
        N_("The database cannot be used now"),
        N_(
            "It is busy, full or not reachable; nothing was changed. Wait a minute and try again, else tell "
            "the administrator."
        ),
    ),
}
