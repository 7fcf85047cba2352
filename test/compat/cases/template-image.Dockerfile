FROM {{ image }}
RUN a
