FROM alpine
RUN echo a#b # c
USER x # y
ENV A=#b
EXPOSE 80 # web
COPY a #b /c/
