"""What the fields of a record are called where they are compared, chosen, corrected and put back."""

CHOICE_LABELS = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_number": "身份证件号",
    "record_no": "学籍号",
    "ethnicity": "民族",
    "nationality": "国籍/地区",
    "details": "其他登记内容",
}
FIELD_LABELS = {**CHOICE_LABELS, "id_type": "证件类型"}
