{% if x %}
FROM alpine
{% endif %}
