FROM {{image}}
