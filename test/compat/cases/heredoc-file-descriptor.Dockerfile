FROM alpine
RUN cat 3<<EOF
RUN b
EOF
USER x
