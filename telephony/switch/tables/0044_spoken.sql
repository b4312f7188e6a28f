-- Codes are answered in the language that the employee reads Myfone in.
GRANT SELECT (id, language, is_active) ON accounts_user TO switch_owner;
GRANT SELECT (user_id, employee_id) ON accounts_membership TO switch_owner;
