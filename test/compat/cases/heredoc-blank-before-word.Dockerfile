FROM alpine
RUN cat << 'EOF'
RUN b
EOF
USER x
