ARG BASE=bb:base
FROM ${BASE}
ENV A=1
RUN date > /stamp
COPY a.txt /app/
RUN date > /stamp
ENV A=2
COPY b.txt /app/
RUN date > /stamp
WORKDIR /app
COPY a.txt /app/
ENV A=1
WORKDIR /app
CMD ["a"]
CMD ["a"]
