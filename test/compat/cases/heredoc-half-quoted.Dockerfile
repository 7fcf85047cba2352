FROM alpine
RUN cat <<E'O'F
$X
EOF
USER x
