FROM alpine
COPY -- --a /b/
RUN -- --x
