ARG P=linux/amd64
FROM --platform=$P alpine:3 AS Build-1.x_y
FROM build-1.x_y
