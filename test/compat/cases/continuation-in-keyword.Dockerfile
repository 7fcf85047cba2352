FR\
OM alpine
US\
ER x
