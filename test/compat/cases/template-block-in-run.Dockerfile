FROM alpine
RUN a \
{% if x %}
  b \
{% endif %}
  c
