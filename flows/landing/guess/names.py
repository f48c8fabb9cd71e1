"""What the name of a column says: words in English and Dutch that exports use."""

import re

PATIENT = (
    "patient_id", "patientid", "patient", "patient_nr", "patientnr", "patient_no",
    "patient_number", "patientnummer", "pat_id", "patid", "pid", "client_id", "clientid",
    "client", "clientnummer", "client_number", "clientnr", "cliënt", "cliëntnummer",
    "koppelnummer", "pseudonym", "pseudoniem", "participant_id", "participant", "subject_id",
    "subjectid", "subjid", "subject", "person_id", "persoon", "deelnemer", "deelnemernummer",
    "record_id", "study_id", "case_id", "caseid", "respondent_id", "respondent_nr",
    "respondentnummer", "external_data_reference", "external_reference", "dossier",
    "dossiernummer", "external_identifier", "seqn", "id", "nr", "nummer",
)  # fmt: skip
CLINIC = (
    "clinic_id", "clinic", "clinicid", "kliniek", "kliniek_id", "organization_id",
    "organisation_id", "organization", "organisation", "organisatie", "organisatie_id",
    "institute", "institution", "instelling", "instelling_id", "site_id", "site", "siteid",
    "center", "centre", "centrum", "location_id", "location", "locatie", "vestiging",
    "praktijk", "practice", "department", "afdeling", "redcap_data_access_group", "poolinv",
)  # fmt: skip
THERAPIST = (
    "therapist_id", "therapist", "therapistid", "therapeut", "therapeut_id", "behandelaar",
    "behandelaar_id", "clinician", "clinician_id", "practitioner", "practitioner_id",
    "hulpverlener", "psycholoog", "psychologist", "counsellor", "counselor", "provider_id",
    "author",
)  # fmt: skip
EPISODE = (
    "episode_id", "episode", "episodeid", "traject", "traject_id", "zorgtraject",
    "zorgtraject_id", "treatment_id", "behandeling_id", "dbc", "dbc_id", "track_id",
)  # fmt: skip
PERHAPS_GROUP = ("group", "groep", "groepnummer")
GROUP = ("group_id", "groupid", "groep_id", "therapy_group", "therapiegroep", "group_session_id")
RESPONDENT = (
    "respondent", "respondent_type", "informant", "informant_type", "rater", "beoordelaar",
    "invuller",
)  # fmt: skip
MEASURED_AT = (
    "measured_at", "measured_on", "completed_on", "completed_at", "completion_date",
    "date_completed", "observation_time", "submitdate", "date_submitted", "submit_date",
    "recorded_date", "end_date", "enddate", "invuldatum", "afnamedatum", "afname_datum",
    "datum_afname", "ingevuld_op", "meetdatum", "datum_meting", "assessment_date",
    "date_assessment", "date_of_assessment", "measurement_date", "date_measured",
    "test_date", "interview_date", "date_interview", "date_at_visit", "visit_date", "visitdate",
    "date_visit", "session_date", "date_session", "sessiedatum", "datum_sessie", "date", "datum",
    "datetime", "timestamp", "tijdstip", "entered_at", "answered_at", "filled_in_at",
    "filled_in", "ingevuld", "authored", "effective_date_time", "created_on", "created_at",
)  # fmt: skip
OTHER_DATES = {
    "birth", "dob", "born", "geboorte", "geboortedatum", "enrolled", "enrollment", "enrolment",
    "withdraw", "withdrawn", "discharge", "sent", "start", "started", "startdate", "registered",
    "expires", "invited", "admission", "opname", "ontslag", "randomisation", "randomization",
    "consent", "ic", "aangemeld", "death", "seed", "offered",
}  # fmt: skip
SESSION = (
    "session_no", "session_nr", "session_number", "sessionnumber", "sessionno", "session",
    "session_id", "sessie", "sessienummer", "sessie_nr", "sessienr", "zitting", "zittingnummer",
    "zittingsnummer", "zitting_nr", "gesprek", "consult", "consultnummer", "visit_no",
    "visit_number",
    "visitnum", "visit", "meting", "meting_nr", "meetmoment", "meetronde", "measurement",
    "measurement_no", "wave", "timepoint", "time_point", "tijdstip_nr", "occasion", "moment",
    "assessment", "assessment_no", "assessment_number", "round", "ronde", "week", "weeks",
    "week_no", "weeknr", "weken", "month", "months", "maand", "maanden", "time", "tijd",
    "redcap_event_number", "redcap_event_name", "redcap_repeat_instance",
)  # fmt: skip
DAYS = (
    "days", "day", "dag", "dagen", "reldays", "rel_days", "rel_day", "reldag", "study_day",
    "days_since", "days_since_start", "days_since_randomisation", "days_since_randomization",
    "days_since_baseline", "day_no", "dagnummer", "time", "tijd", "time_days",
)  # fmt: skip
LONG_INSTRUMENT = (
    "instrument", "instrument_id", "questionnaire", "questionnaire_key", "questionnaire_id",
    "questionnaire_name", "vragenlijst", "vragenlijst_id", "list", "lijst", "survey_name",
    "test", "scale_name", "measure", "instrument_name",
)  # fmt: skip
LONG_ITEM = (
    "item", "item_id", "item_no", "item_nr", "item_number", "itemnummer", "question",
    "question_id", "question_no", "question_key", "vraag", "vraag_id", "vraagnummer", "vraag_nr",
    "link_id", "linkid", "field_key", "field", "variable", "subscale", "subschaal", "scale",
    "schaal",
)  # fmt: skip
LONG_VALUE = (
    "value", "waarde", "answer", "antwoord", "response", "score", "result", "uitslag", "data",
    "raw_value", "answer_value", "answer_code",
)  # fmt: skip

# Words of which one in a name says that the column is no answer and no score.
BACKGROUND = {
    "age", "leeftijd", "sex", "gender", "geslacht", "race", "ethnicity", "education",
    "opleiding", "marital", "treatment", "therapy", "behandeling", "arm", "condition",
    "randomisation", "randomization", "randomized", "trt", "tx", "treat", "drug", "med", "meds",
    "medication", "medicatie", "dose", "dosis", "duration", "los", "diagnosis", "diagnose", "dx",
    "consent", "phone", "telephone", "telefoon", "email", "name", "naam", "address", "adres",
    "zip", "postcode", "comments", "comment", "notes", "opmerking", "smoke", "children",
    "county", "country", "language", "taal", "version", "versie", "rater", "year", "jaar",
    "birth", "dob", "date", "datum", "timestamp", "days", "day", "dagen", "week", "weeks",
    "weken", "month", "months", "visit", "bas", "basval", "baseval", "change", "delta", "diff",
    "verschil", "sqrt", "log", "int", "intercept", "slope", "factor", "rownames", "rowname",
    "index", "unnamed", "complete", "progress", "voortgang", "ip", "latitude", "longitude",
    "seed", "page", "lastpage", "identifier", "token", "weighting", "cluster", "stratum",
    "time", "group", "groep", "income", "given",
}  # fmt: skip
BODY = {
    "bmi", "weight", "gewicht", "height", "lengte", "length", "sbp", "dbp", "bp", "systolic",
    "diastolic", "hr", "pulse", "temperature", "hb", "ht", "crp", "gluc", "glucose", "creat",
    "chol", "urea", "leucoc", "tromboc", "lab", "labs", "laboratory", "blood", "conc", "alb",
    "prealb", "npcr", "transferrin", "hemoglobin", "cholesterol", "bloodsugar", "vitals",
    "sugar", "pressure", "workup",
}  # fmt: skip
# Questionnaires by the letters of their name; what they mean stands in instrument files alone.
FAMILIAR = {
    "phq", "gad", "bdi", "bai", "bsi", "ors", "srs", "oq", "sq", "core", "who", "mhc", "hamd",
    "hama", "hdrs", "madrs", "qids", "ids", "cesd", "das", "gds", "shaps", "cgi", "pgi", "imps",
    "panss", "bprs", "ybocs", "ocir", "oci", "masq", "edanx", "eddep", "edang", "promis", "sf",
    "eq", "scl", "hads", "dass", "pswq", "lsas", "spin", "sias", "pcl", "ies", "caps", "audit",
    "dudit", "ede", "wsas", "swls", "iroc", "sdq", "rcads", "scared", "ymrs", "gaf", "honos",
    "manhsa", "wai", "zuf", "csq", "rq", "isi", "psqi", "madr", "edss", "esq", "vas",
}  # fmt: skip
TOTAL = (
    "total",
    "totaal",
    "totl",
    "tot",
    "sum",
    "som",
    "sumscore",
    "somscore",
    "score",
    "totscore",
)
HARDLY_A_NAME = ("", "rownames", "rowname", "unnamed", "index", "x")

WORD = re.compile(r"[A-Z]+(?=[A-Z][a-zà-ÿ])|[A-ZÀ-Ý]?[a-zà-ÿ]+|[A-ZÀ-Ý]+|\d+")


def words(name: str) -> tuple[str, ...]:
    """`TxSWeek` -> tx, s, week; `date_at_visit` -> date, at, visit."""
    return tuple(word.lower() for word in WORD.findall(name))


def phrase(name: str) -> str:
    """The words of a name, in one way of writing."""
    return "_".join(words(name))


def is_background(name: str) -> bool:
    """Whether a column tells about a person, a treatment or a file, not about how one is."""
    return bool(set(words(name)) & BACKGROUND)


def is_body(name: str) -> bool:
    """Whether a column holds a body measure or the outcome of a laboratory."""
    return bool(set(words(name)) & BODY)


def is_list(name: str) -> bool:
    """Whether the name of a form says that it is a questionnaire."""
    return bool(set(words(name)) & {"questionnaire", "vragenlijst", "scale", "schaal"})


def is_familiar(name: str) -> bool:
    """Whether a name begins with that of a questionnaire."""
    found = words(name)
    return bool(found) and (found[0] in FAMILIAR or "".join(found[:2]) in FAMILIAR)
