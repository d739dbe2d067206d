"""Texts in the user's language, for the window and the command line: catalogues, sentences, numbers. Does not depend
on Qt.

The translations are stored in `assets/translations/<language>/oikos.po` (gettext), one file per language. Those of
problems, undo labels, reasons and steps and the command line's lines are found by their code, those of the window and
the help texts by their English text.
"""

from app.i18n.ages import format_age as format_age
from app.i18n.dates import date_pattern as date_pattern
from app.i18n.dates import locale_name as locale_name
from app.i18n.language import SOURCE as SOURCE
from app.i18n.language import current_language as current_language
from app.i18n.language import in_language as in_language
from app.i18n.language import known_languages as known_languages
from app.i18n.language import request_language as request_language
from app.i18n.language import requested_language as requested_language
from app.i18n.language import set_context_language as set_context_language
from app.i18n.language import set_language as set_language
from app.i18n.language import system_language as system_language
from app.i18n.point_titles import point_title as point_title
from app.i18n.sentences import in_full as in_full
from app.i18n.sentences import problem_json as problem_json
from app.i18n.sentences import reason_json as reason_json
from app.i18n.sentences import remedy as remedy
from app.i18n.sentences import sentence as sentence
from app.i18n.sentences import set_clock as set_clock
from app.i18n.sentences import tr as tr
from app.i18n.sentences import tr_counted as tr_counted
from app.i18n.sentences import translate as translate
from app.i18n.sentences import translation as translation
from app.i18n.sentences import what as what
from app.i18n.sentences import with_stop as with_stop
