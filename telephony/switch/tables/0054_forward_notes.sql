GRANT INSERT ON telephony_forwardnote TO switch_owner;
