FROM alpine
RUN echo \\
USER x
