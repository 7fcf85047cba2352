FROM alpine
RUN cat <<EOF
FROM b
# escape=`
RUN x \
EOF
USER x
