ARG ONBASE=bb:onbuild
FROM ${ONBASE}
COPY b.txt /b.txt
RUN echo child > /child
CMD ["child"]
