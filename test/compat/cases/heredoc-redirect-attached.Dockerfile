FROM alpine
RUN cat <<EOF>/a
x
EOF>/a
USER x
