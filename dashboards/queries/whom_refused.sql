-- grain: the patient whom a refused address was about; none, or one
-- reads: alert_list, episode
-- why: the access log names the patient whose page was refused. Nothing of it is ever shown, so
--      this alone is not limited by $viewer
select distinct
    clinic_id,
    patient_id
from alert_list
where alert_id = $alert_id and patient_id is not null
union
select distinct
    clinic_id,
    patient_id
from episode
where clinic_id = $clinic_id and patient_id = $patient_id
