startTables();
startPlots();
startViewer();
startGallery();
