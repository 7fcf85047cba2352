# escape=`
FROM alpine
RUN cat <<E\OF `
  x
a
EOF
USER x
