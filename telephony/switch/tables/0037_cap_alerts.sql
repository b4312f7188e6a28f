GRANT INSERT ON telephony_capalert TO switch_owner;
