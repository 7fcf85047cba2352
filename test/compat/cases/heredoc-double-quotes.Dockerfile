FROM alpine
RUN cat <<"EOF"
$X
EOF
USER x
