FROM alpine
COPY <<'EOF' /a.j2
{% if x %}
{{ y }}
{% endif %}
EOF
